import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { planVmCreate } from "../../machines/planners/create.ts";
import { planVmDestroy } from "../../machines/planners/destroy.ts";
import { planVmResize } from "../../machines/planners/resize.ts";
import type { VmRequest } from "../../machines/planners/request.ts";
import type { Vm } from "../../machines/vm.ts";
import type { Plan } from "../../plan/model.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import { confirmName } from "../confirm-name.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import { observeRing } from "../ring/observe.ts";
import { hostsOf } from "../selected-hosts.ts";
import { observeInstances } from "../status/observe.ts";
import type { VmAsk } from "./observe.ts";
import { learnOfMachines, provideKeys, seenOnly } from "./prepare.ts";
import { instancesOn, vmRequest, vmsOfWords } from "./words.ts";

export interface DestroyOptions {
  withDisks?: boolean;
  allowLoss?: boolean;
  force?: boolean;
}

/** `smc vm create [VM…]`: makes VMs, and starts none. */
export function createVms(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return changeVms(context, words, { plan: planVmCreate, makes: true });
}

/** `smc vm resize [VM…]`: disks grow to what the services file says. */
export function resizeVms(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return changeVms(context, words, { plan: planVmResize, makes: true });
}

/** `smc vm destroy VM…`: shuts VMs down and removes them when the name was typed; their disks stay unless `--with-disks`. */
export function destroyVms(
  context: CommandContext<DestroyOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const { withDisks = false, allowLoss = false, force = false } = context.options;
  return changeVms(context, words, {
    plan: request => planVmDestroy(request, { withDisks, allowLoss, force }),
    makes: false,
    before: async (ask, vms) => {
      if (!allowLoss) await refuseNodes(ask, vms);
      const name = foldNames(vms.map(vm => vm.name));
      const disks = withDisks ? "and its disks with all that is on them" : "and keeps its disks";
      await confirmName(context, { what: `This removes the VM ${name} ${disks}.`, name });
    },
  });
}

interface Change {
  plan: (request: VmRequest) => Plan;
  /** VMs that are not there are made: with a host key, from an image. */
  makes: boolean;
  /** What comes before the plan is carried out. */
  before?: (ask: VmAsk, vms: readonly Vm[]) => Promise<void>;
}

async function changeVms(
  context: CommandContext<unknown>,
  words: readonly string[],
  { plan, makes, before }: Change,
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const vms = vmsOfWords(context, site, words);
  const request = vmRequest(context, site, { vms, instances: [] });
  if (context.global.dryRun)
    return printPlan(context, plan({ ...request, instances: instancesOn(site, vms) }));
  if (makes) await provideKeys({ context, site }, vms);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const known = makes ? await learnOfMachines(ask, vms) : await seenOnly(ask, vms);
    const up = vms.filter(({ name }) => known.seen.get(name)?.state === "running");
    const instances = instancesOn(site, up);
    const observed = await observeInstances({ context, transport, hosts: hostsOf(context, site, instances) });
    await before?.(ask, vms);
    return await executePlan({
      context,
      site,
      transport,
      plan: plan({ ...request, ...known, instances, observed }),
    });
  } finally {
    await transport.close();
  }
}

/** A VM whose node is still a member of the ring holds data that the ring counts on. A ring that does not answer says nothing. */
async function refuseNodes(ask: VmAsk, vms: readonly Vm[]): Promise<void> {
  const names = new Set(vms.map(({ name }) => name));
  if (!nodesOf(ask.site.deployment).some(({ host }) => names.has(host))) return;
  const { ring } = await observeRing(ask);
  const members = ring.nodes.map(({ host }) => host).filter(host => names.has(host));
  if (members.length === 0) return;
  throw new OperatorError(`${foldNames(members)} still belongs to the ring: nothing was touched`, {
    code: "NODE_IN_RING",
    exit: ExitCode.Refused,
    hint: "take its node out of the ring first; --allow-loss removes the VM all the same",
  });
}
