import { accountOf } from "../../inventory/administrator.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Accelerator } from "../../machines/domain.ts";
import { BOOTS_BY_KVM } from "../../machines/kvm.ts";
import { ROOT, vmPlaces } from "../../machines/places.ts";
import {
  filesOf,
  imagesAmong,
  LIST_FILES,
  parseFiles,
  type SeenFile,
  type SeenVm,
} from "../../machines/seen.ts";
import { parseDomainList, virsh, type DomainRow } from "../../machines/virsh.ts";
import type { Vm } from "../../machines/vm.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import type { CommandResult, Connection, Transport } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";

/** A libvirt that takes longer is one that does not answer. */
const LOOK_TIMEOUT: Milliseconds = 20_000;
const KVM_TIMEOUT: Milliseconds = 40_000;

export interface VmAsk {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
}

/** What one machine told of its VMs. */
export interface SeenMachine {
  machine: HostName;
  vms: ReadonlyMap<HostName, SeenVm>;
  /** Its base images; undefined where it did not tell. */
  images: readonly string[] | undefined;
  /** Only where it was asked. */
  accelerator: Accelerator | undefined;
}

/**
 * Asks the machines of these VMs what they are, all at once; with `kvm` also whether guests boot by it. What could not be asked is `unknown`.
 */
export async function lookAtMachines(
  ask: VmAsk,
  vms: readonly Vm[],
  { kvm }: { kvm: boolean },
): Promise<readonly SeenMachine[]> {
  const { context, site, transport } = ask;
  const byMachine = Map.groupBy(vms, ({ machine }) => machine.name);
  const rendering = renderingSite(context, site);
  const machines = new Map(vms.map(({ machine }) => [machine.name, targetOf(rendering, machine)]));
  return askAll<SeenMachine>({
    context,
    targets: [...machines.values()],
    title: "looking at the machines",
    concurrency: machines.size,
    ask: target =>
      lookAtMachine(transport.connection(target), {
        vms: byMachine.get(target.name) ?? [],
        kvm,
        options: rootOptions(ask),
      }),
  });
}

/** How commands of a machine are run: as its administrator, where the deployment has one. */
export function rootOptions({ site: { deployment } }: Pick<VmAsk, "site">): { runAs?: string } {
  return accountOf(deployment);
}

interface MachineWords {
  vms: readonly Vm[];
  kvm: boolean;
  options: { runAs?: string };
}

async function lookAtMachine(
  connection: Connection,
  { vms, kvm, options }: MachineWords,
): Promise<SeenMachine> {
  const limits = { ...options, timeout: LOOK_TIMEOUT };
  const [domains, files] = await Promise.all([
    answerOf(connection.run(virsh("list", "--all"), limits), parseDomainList),
    answerOf(connection.run(["sh", "-c", LIST_FILES, "sh", ROOT], limits), parseFiles),
  ]);
  const seen = new Map(vms.map(vm => [vm.name, seenVm(vm.name, domains, files)]));
  // A VM that runs is asked for too: its definition says the same as at its start.
  const asked = kvm && vms.some(({ settings }) => settings.driver === "kvm");
  return {
    machine: connection.target.name,
    vms: seen,
    images: "answer" in files ? imagesAmong(files.answer) : undefined,
    accelerator: asked && "answer" in files ? await acceleratorOf(connection, options) : undefined,
  };
}

type Answer<T> = { answer: T } | { why: string };

async function answerOf<T>(running: Promise<CommandResult>, parse: (text: string) => T): Promise<Answer<T>> {
  const result = await running;
  if (!result.ok) return { why: `${describeEnd(result.end)} ${result.stderr.trim()}`.trim() };
  try {
    return { answer: parse(result.stdout) };
  } catch (error) {
    if (error instanceof OperatorError) return { why: error.message };
    throw error;
  }
}

function seenVm(
  name: HostName,
  domains: Answer<readonly DomainRow[]>,
  files: Answer<readonly SeenFile[]>,
): SeenVm {
  const own = "answer" in files ? filesOf(name, files.answer) : [];
  const known = {
    made: own.some(({ path }) => path === vmPlaces(name).overlay),
    used: "answer" in files ? own.reduce((sum, { used }) => sum + used, 0) : undefined,
  };
  if ("why" in domains) return { ...known, state: "unknown", why: domains.why };
  return { ...known, state: domains.answer.find(row => row.name === name)?.state ?? "absent" };
}

async function acceleratorOf(connection: Connection, options: { runAs?: string }): Promise<Accelerator> {
  const result = await connection.run(["sh", "-c", BOOTS_BY_KVM], { ...options, timeout: KVM_TIMEOUT });
  return result.ok && result.stdout.trim() === "yes" ? "kvm" : "qemu";
}

/** The VMs of all machines that were asked. */
export function seenVms(machines: readonly SeenMachine[]): Map<HostName, SeenVm> {
  return new Map(machines.flatMap(({ vms }) => [...vms]));
}
