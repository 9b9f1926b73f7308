import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { VmRequest } from "../../machines/planners/request.ts";
import { planVmRestart } from "../../machines/planners/restart.ts";
import { planVmStart } from "../../machines/planners/start.ts";
import { planVmStop } from "../../machines/planners/stop.ts";
import type { Vm } from "../../machines/vm.ts";
import type { Plan } from "../../plan/model.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { dryRun, requireDryRun } from "../observed-plan.ts";
import { openTransport } from "../open-transport.ts";
import { pauseRule } from "../pause.ts";
import { decideLive } from "../ring/decide.ts";
import { hostsOf } from "../selected-hosts.ts";
import {
  askRing,
  type AskedPlan,
  type ServiceAsk,
  type ServiceVerb,
  type ServiceVerbOptions,
} from "../service-verb.ts";
import { observeInstances } from "../status/observe.ts";
import type { VmAsk } from "./observe.ts";
import { learnOfMachines, NOT_ASKED, provideKeys, seenOnly, type KnownOfMachines } from "./prepare.ts";
import { VM_WORD } from "../service-words.ts";
import { instancesOn, vmRequest, vmsOfWords } from "./words.ts";

const planners = {
  start: planVmStart,
  stop: (request, options) => planVmStop(request, lossOf(options)),
  restart: (request, options) => planVmRestart(request, lossOf(options)),
} satisfies Partial<Record<ServiceVerb, (request: VmRequest, options: ServiceVerbOptions) => Plan>>;

type VmVerb = keyof typeof planners;

/**
 * `smc start | stop | restart vm [VM…]`: looks at the machines and at what runs on the VMs, asks the ring where nodes of it go
 * away, plans and carries out. With `--dry-run` no host is asked.
 */
export async function runVmVerb(
  context: CommandContext<ServiceVerbOptions>,
  word: ServiceVerb,
  hosts: readonly string[],
): Promise<ExitCode> {
  const verb = vmVerb(word);
  requireDryRun(context, context.options);
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const vms = vmsOfWords(context, site, hosts);
  const ask: ServiceAsk = { verb, words: { service: VM_WORD, hosts }, options: context.options, site };
  // Words that make no sense are refused before anybody is asked anything.
  const unasked = askVms(context, ask, { vms, known: NOT_ASKED });
  if (context.global.dryRun) return dryRun(context, ask, unasked);
  if (verb !== "start" && vms.length > 1) {
    await confirm(
      context,
      `${verb} ${vms.length} VMs of ${site.deployment.name}: ${foldNames(vms.map(({ name }) => name))}?`,
    );
  }
  if (verb !== "stop") await provideKeys({ context, site }, vms);
  const transport = openTransport(context.io);
  try {
    return await carryOut({ context, site, transport }, ask, vms);
  } finally {
    await transport.close();
  }
}

async function carryOut(vmAsk: VmAsk, ask: ServiceAsk, vms: readonly Vm[]): Promise<ExitCode> {
  const { transport, site } = vmAsk;
  const context = { ...vmAsk.context, options: ask.options };
  const known = ask.verb === "stop" ? await seenOnly(vmAsk, vms) : await learnOfMachines(vmAsk, vms);
  const asked = askVms(context, ask, { vms, known });
  const { instances } = asked;
  const observed = await observeInstances({ context, transport, hosts: hostsOf(context, site, instances) });
  const ring = await decideLive({ context, transport, ask, asked, observed });
  const plan = asked.plan({ instances: observed, ...ring });
  return executePlan({ context, site, transport, plan, pause: pauseRule(ask.options) });
}

/** The plan for VMs, in the form that verbs of services have: what runs on a VM that is off is asked nothing. */
function askVms(
  context: CommandContext<unknown>,
  ask: ServiceAsk,
  { vms, known }: { vms: readonly Vm[]; known: KnownOfMachines },
): AskedPlan {
  const verb = vmVerb(ask.verb);
  const up = vms.filter(({ name }) => !isOff(known.seen.get(name)?.state));
  const instances = verb === "start" ? [] : instancesOn(ask.site, up);
  const request = { ...vmRequest(context, ask.site, { vms, instances }), ...known };
  return {
    ...askRing(context, ask, instances),
    instances,
    plan: ({ instances: observed, ring }) =>
      planners[verb]({ ...request, observed, ...(ring === undefined ? {} : { ring }) }, ask.options),
  };
}

function isOff(state: string | undefined): boolean {
  return state === "shut off" || state === "absent" || state === "crashed";
}

function lossOf({ allowLoss, force }: ServiceVerbOptions) {
  return { allowLoss: allowLoss === true, force: force === true };
}

function vmVerb(verb: ServiceVerb): VmVerb {
  if (verb === "start" || verb === "stop" || verb === "restart") return verb;
  throw new OperatorError(`smc ${verb} is about services: a VM is made by smc start vm, or smc vm create`, {
    code: "USAGE",
    hint: "smc help vm  shows what else there is for VMs",
  });
}
