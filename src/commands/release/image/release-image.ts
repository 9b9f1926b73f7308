import { ExitCode } from "../../../base/exit-code.ts";
import { foldNames } from "../../../base/host-ranges.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { decideAnew } from "../../../machines/release.ts";
import { askedTests } from "../../../services/smoke.ts";
import type { Transport } from "../../../transport/model.ts";
import { confirm } from "../../confirm.ts";
import { confirmName } from "../../confirm-name.ts";
import { executePlan } from "../../execute.ts";
import { loadSite } from "../../load.ts";
import type { CommandContext } from "../../model.ts";
import { openTransport } from "../../open-transport.ts";
import { pauseRule } from "../../pause.ts";
import { printPlanWith } from "../../print-plan.ts";
import { keepKeys, waysOf } from "../../site/carry-out.ts";
import { byWays, planByWays } from "../../site/ways.ts";
import { requireSmoke } from "../smoke.ts";
import { tellUnchanged } from "../unchanged.ts";
import { isBegun } from "./against.ts";
import { writeImages } from "./file.ts";
import { lookAtSystems } from "./look.ts";
import type { ImageAsk, PlannedImages } from "./model.ts";
import { prepareImages } from "./prepare.ts";
import { describeImages, imagesToJson } from "./report.ts";
import { readImageWish, type ImageReleaseOptions } from "./words.ts";

/**
 * `smc release image NAME|newest [VM…]`: makes VMs anew from another image, in batches, what they were kept aside; or takes them back to it.
 * With `--dry-run` hosts are only looked at.
 */
export async function releaseImage(
  context: CommandContext<ImageReleaseOptions>,
  image: string | undefined,
  vms: readonly string[],
): Promise<ExitCode> {
  const wish = readImageWish([...(image === undefined ? [] : [image]), ...vms], {
    options: context.options,
    on: context.global.on,
  });
  const site = await loadSite(context, { hosts: wish.vms, secretsMayBeMissing: true });
  const { deployment } = site;
  if (deployment.transport === "local") {
    throw new OperatorError(`${deployment.name} is on this machine alone: it has no VMs to make anew`, {
      code: "HOST_IS_LOCAL",
    });
  }
  if (wish.kind === "to" && wish.out !== undefined) requireSmoke(deployment);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport: byWays(transport, waysOf(context, site)), wish };
    return await carryOut(ask, transport);
  } finally {
    await transport.close();
  }
}

async function carryOut(ask: ImageAsk, transport: Transport): Promise<ExitCode> {
  const { context, site, wish } = ask;
  const { io, global } = context;
  const prepared = await prepareImages(ask);
  const plan = planByWays(prepared.plan, waysOf(context, site));
  const text = describeImages(prepared);
  if (global.dryRun) return printPlanWith(context, plan, { json: imagesToJson(prepared), text });
  const speaks = !global.json && !global.quiet;
  if (speaks) io.stderr.write(text);
  const out = wish.kind === "to" ? wish.out : undefined;
  if (prepared.decision.changes.length === 0 && out === undefined) return tellUnchanged(context);
  await question(ask, prepared);
  const pause = pauseRule(context.options);
  const code = await executePlan({ context, site, transport, plan, pause });
  if (prepared.way !== "discard" && code !== ExitCode.Interrupted) await keepKeys(ask);
  if (speaks) io.stderr.write(next(prepared, code));
  if (code === ExitCode.Done && out !== undefined) await writeDown(ask, prepared, out);
  return code;
}

async function question(
  { context, site }: ImageAsk,
  { way, machines, decision: { changes } }: PlannedImages,
): Promise<void> {
  const names = foldNames(changes.map(({ name }) => name));
  if (way === "discard") {
    await confirmName(context, {
      what: `This removes what ${names} was before: there is no way back then.`,
      name: names,
    });
    return;
  }
  if (changes.length === 0) return;
  const what = way === "back" ? "take back to what they were before" : "make anew, root disks and all,";
  const begun = foldNames(
    changes.filter(vm => way === "anew" && isBegun(vm, machines)).map(({ name }) => name),
  );
  const lost = begun === "" ? "" : ` What ${begun} became in the release that did not end is thrown away.`;
  await confirm(context, `${what} ${changes.length} VMs of ${site.deployment.name}: ${names}?${lost}`);
}

function next({ way }: PlannedImages, code: ExitCode): string {
  if (code !== ExitCode.Done && way === "discard")
    return "next: smc vm list  shows what each VM is; smc resume goes on\n";
  if (code !== ExitCode.Done)
    return "next: smc vm list  shows what each VM is; smc resume goes on, smc release image --rollback goes back\n";
  if (way !== "anew") return "";
  return "next: smc release image --rollback goes back; --discard-old gives the room of what they were free\n";
}

/** Only what every VM has, as the machines themselves tell: a run that was paused has not got there. */
async function writeDown(ask: ImageAsk, { chosen, decision }: PlannedImages, out: string): Promise<void> {
  const { context, site } = ask;
  if (chosen === undefined) return;
  const vms = [...decision.changes, ...decision.unchanged];
  const now = decideAnew(vms, await lookAtSystems(ask, vms), chosen.ofVm);
  const speaks = !context.global.json && !context.global.quiet;
  if (now.changes.length + now.problems.length > 0) {
    if (speaks) context.io.stderr.write(`note: ${out} was not written: not all VMs are there yet\n`);
    return;
  }
  const smoke = askedTests(site.deployment).map(({ name }) => name);
  await writeImages(context.io, out, { sums: chosen.sums, deployment: site.deployment.name, smoke });
  if (speaks) context.io.stderr.write(`wrote ${out}\nnext: smc -d OTHER release image --from ${out}\n`);
}
