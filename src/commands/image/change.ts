import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ExitCode } from "../../base/exit-code.ts";
import type { HostTarget } from "../../base/host-target.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { closest } from "../../base/suggest.ts";
import { select } from "../../inventory/selection.ts";
import { IMAGES_FOLDER } from "../../machines/places.ts";
import { planImageBuild } from "../../machines/planners/image-build.ts";
import { imagesToPrune, planImagePrune, planImagePush } from "../../machines/planners/image-push.ts";
import type { Plan } from "../../plan/model.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { hostRequest } from "../host-request.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { lookAtImages } from "../vm/backing.ts";
import { HERE, imagesHere } from "./here.ts";
import { pushRequest } from "./push-request.ts";

/** `smc image build NAME [--at MACHINE]`: makes a base image by its recipe, here or on a machine. */
export async function buildImage(context: CommandContext<{ at?: string }>, name: string): Promise<ExitCode> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  const { images } = site.inventory;
  const recipe = images.get(name);
  if (recipe === undefined) throw noRecipe(name, [...images.keys()]);
  const { at } = context.options;
  const [machine] = at === undefined ? [] : machinesOf(context, site, [at]);
  const amRoot = process.getuid?.() === 0;
  const where =
    machine === undefined
      ? { at: HERE, folder: imagesHere(site), runAs: amRoot ? undefined : "root" }
      : { at: machine, folder: IMAGES_FOLDER, runAs: "root" };
  return carryOut(context, site, planImageBuild({ ...hostRequest(context, site), recipe, ...where }));
}

/** `smc image push NAME [MACHINE…]`: brings an image that was built here, or is in a folder, to the machines, which pass it on. */
export async function pushImage(
  context: CommandContext<{ direct?: boolean }>,
  image: string,
  words: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const source = image.includes("/") ? resolve(context.io.directory, image) : join(imagesHere(site), image);
  requireImage(source);
  const machines = machinesOf(context, site, words);
  const passOn = context.options.direct !== true;
  const request = await pushRequest({ context, site }, { source, machines, passOn });
  return carryOut(context, site, planImagePush(request));
}

/** `smc image prune [MACHINE…]`: removes old images that no VM lies over, nor a system that is kept aside. A machine that does not tell keeps all of its. */
export async function pruneImages(
  context: CommandContext<{ keep: number }>,
  words: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const machines = machinesOf(context, site, words);
  const transport = openTransport(context.io);
  try {
    const seen = await lookAtImages({ context, site, transport }, machines);
    const silent = seen.flatMap(machine => ("why" in machine ? [machine] : []));
    const images = seen.flatMap(machine => {
      const target = machines.find(({ name }) => name === machine.machine);
      if (target === undefined || "why" in machine) return [];
      const used = new Set([...machine.ofVm.values(), ...machine.ofKept.values()]);
      const names = imagesToPrune(machine.images, { used, keep: context.options.keep });
      return names.length === 0 ? [] : [{ target, names }];
    });
    const plan = planImagePrune({ ...hostRequest(context, site), images });
    for (const { machine, why } of silent) context.io.stderr.write(`${machine} could not be asked: ${why}\n`);
    if (plan.steps.length > 0 && !context.global.dryRun) {
      await confirm(context, `remove ${plan.steps.length} images?`);
    }
    const code = context.global.dryRun
      ? printPlan(context, plan)
      : await executePlan({ context, site, transport, plan });
    return code === ExitCode.Done && silent.length > 0 ? ExitCode.Failed : code;
  } finally {
    await transport.close();
  }
}

/** The machines that are named, all that carry VMs without any. */
export function machinesOf(
  context: CommandContext<unknown>,
  site: Site,
  words: readonly string[],
): HostTarget[] {
  const { hosts } = site.deployment;
  const { on, connectTimeout } = context.global;
  const carriers = new Set([...hosts.values()].flatMap(({ vm }) => (vm === undefined ? [] : [vm.machine])));
  const named = [...words, ...(on === undefined ? [] : [on])];
  const chosen = select(hosts, named).filter(
    ({ kind, name }) => kind === "machine" && (named.length > 0 || carriers.has(name)),
  );
  if (chosen.length === 0) {
    const { name } = site.deployment;
    const message =
      named.length > 0 ? `no machine is among ${named.join(" ")}` : `${name} has no machine that carries VMs`;
    throw new OperatorError(message, { code: "SELECTION_EMPTY", hint: "name machines, not VMs" });
  }
  const rendering = {
    deployment: site.deployment,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  };
  return chosen.map(host => targetOf(rendering, host));
}

async function carryOut(context: CommandContext<unknown>, site: Site, plan: Plan): Promise<ExitCode> {
  if (context.global.dryRun) return printPlan(context, plan);
  const transport = openTransport(context.io);
  try {
    return await executePlan({ context, site, transport, plan });
  } finally {
    await transport.close();
  }
}

function requireImage(folder: string): void {
  if (existsSync(join(folder, "SHA256SUMS"))) return;
  throw new OperatorError(`there is no image in ${folder}`, {
    code: "IMAGE_UNKNOWN",
    hint: "smc image build NAME  makes one and says its name; a path leads to one elsewhere",
  });
}

function noRecipe(name: string, names: readonly string[]): OperatorError {
  const near = closest(name, names);
  return new OperatorError(`the services file has no recipe for an image ${name}`, {
    code: "IMAGE_UNKNOWN",
    hint: near === undefined ? "images: NAME: {release: bookworm, packages: […]}" : `did you mean ${near}?`,
  });
}
