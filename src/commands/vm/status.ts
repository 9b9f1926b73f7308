import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import { IS_BOOTED } from "../../machines/planners/power.ts";
import type { SeenVm } from "../../machines/seen.ts";
import type { Vm } from "../../machines/vm.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { askAll } from "../fleet/fan-out.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";
import type { InstanceStatus } from "../status/model.ts";
import { lookAtMachines, seenVms, type VmAsk } from "./observe.ts";
import { VM_WORD } from "../service-words.ts";
import { vmsOfWords } from "./words.ts";

const BOOT_TIMEOUT: Milliseconds = 5000;

/** What each VM is: what its machine says, and of those that run whether smc can work on them. */
export async function lookAtVms(
  context: CommandContext<unknown>,
  site: Site,
  words: readonly string[],
): Promise<InstanceStatus[]> {
  const vms = vmsOfWords(context, site, words);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const seen = seenVms(await lookAtMachines(ask, vms, { kvm: false }));
    const running = vms.filter(({ name }) => seen.get(name)?.state === "running");
    const boots = await lookAtBoots(ask, running);
    return vms.map(vm => ({ ...describe(vm), ...stateOf(seen.get(vm.name), boots.get(vm.name)) }));
  } finally {
    await transport.close();
  }
}

type Boot = { done: true } | { done: false; why: string };

async function lookAtBoots(
  { context, site, transport }: VmAsk,
  vms: readonly Vm[],
): Promise<Map<HostName, Boot>> {
  const rendering = renderingSite(context, site);
  const answers = await askAll<[HostName, Boot]>({
    context,
    targets: vms.map(({ host }) => targetOf(rendering, host)),
    title: "looking at the VMs",
    concurrency: vms.length,
    ask: async target => {
      const result = await transport.connection(target).run(IS_BOOTED, { timeout: BOOT_TIMEOUT });
      const boot: Boot = result.ok ? { done: true } : { done: false, why: describeEnd(result.end) };
      return [target.name, boot];
    },
  });
  return new Map(answers);
}

function describe({ name, host }: Vm): InstanceStatus {
  return {
    instance: `vm@${name}`,
    service: VM_WORD,
    host: name,
    role: host.role,
    state: "unknown",
    since: undefined,
    pid: undefined,
    memory: undefined,
    version: undefined,
    ring: undefined,
    detail: undefined,
  };
}

/** A VM that was never made is stopped, as a service is that was never started. */
function stateOf(seen: SeenVm | undefined, boot: Boot | undefined): Pick<InstanceStatus, "state" | "detail"> {
  switch (seen?.state) {
    case "running":
    case "idle":
      if (boot?.done === true) return { state: "running", detail: undefined };
      return { state: "starting", detail: boot?.why };
    case "shut off":
      return { state: "stopped", detail: undefined };
    case "absent":
      return { state: "stopped", detail: seen.made ? "libvirt does not know it" : "not made yet" };
    case "in shutdown":
      return { state: "starting", detail: "shutting down" };
    case "paused":
    case "crashed":
    case "pmsuspended":
    case "no state":
      return { state: "failed", detail: seen.state };
    case "unknown":
    case undefined:
      return { state: "unknown", detail: seen?.why };
  }
}
