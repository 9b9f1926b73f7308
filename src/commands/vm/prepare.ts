import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { pinImages } from "../../machines/images.ts";
import type { VmRequest } from "../../machines/planners/request.ts";
import { beginsAnew } from "../../machines/seen.ts";
import { hostKeySecret, type Vm } from "../../machines/vm.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { provideHostKey } from "../../state/host-keys.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import { trustHostKeys } from "../../transport/ssh/trust-host-keys.ts";
import { sshConfigFileOf } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";
import { lookAtMachines, seenVms, type SeenMachine, type VmAsk } from "./observe.ts";

/** What planners of VMs need to know of machines. */
export type KnownOfMachines = Pick<VmRequest, "seen" | "images" | "accelerators">;

/** Where no machine is asked, or nothing is made. */
export const NOT_ASKED: KnownOfMachines = { seen: new Map(), images: new Map(), accelerators: new Map() };

/** What VMs are, for verbs that make none. */
export async function seenOnly(ask: VmAsk, vms: readonly Vm[]): Promise<KnownOfMachines> {
  return { ...NOT_ASKED, seen: seenVms(await lookAtMachines(ask, vms, { kvm: false })) };
}

/**
 * What the machines say of VMs that are to be made or started, with the images of those that are to be made pinned, of which `brought`
 * can be brought to any machine. Throws an OperatorError (exit 3) where an image is missing; says on stderr where guests must be translated.
 */
export async function learnOfMachines(
  ask: VmAsk,
  vms: readonly Vm[],
  brought: readonly string[] = [],
): Promise<KnownOfMachines & { lacking: Map<string, Set<HostName>> }> {
  const machines = await lookAtMachines(ask, vms, { kvm: true });
  const seen = seenVms(machines);
  const told = machines.flatMap(({ machine, images }) =>
    images === undefined ? [] : [[machine, images] as const],
  );
  const there = new Map<HostName, readonly string[]>(told);
  const soon = new Map(told.map(([machine, images]) => [machine, [...new Set([...images, ...brought])]]));
  const fresh = vms.filter(({ name }) => {
    const found = seen.get(name);
    return found !== undefined && beginsAnew(found);
  });
  warnOfTranslation(ask, machines);
  const images = pinImages(fresh, soon);
  return {
    seen,
    images,
    lacking: lackingImages(fresh, images, there),
    accelerators: acceleratorsOf(machines),
  };
}

/** How each machine runs guests, of those that were asked and told. */
export function acceleratorsOf(machines: readonly SeenMachine[]): KnownOfMachines["accelerators"] {
  return new Map(
    machines.flatMap(({ machine, accelerator }) =>
      accelerator === undefined ? [] : [[machine, accelerator] as const],
    ),
  );
}

/** By image, the machines that do not have it and are to carry VMs that begin with it. */
function lackingImages(
  vms: readonly Vm[],
  images: ReadonlyMap<HostName, string>,
  there: ReadonlyMap<HostName, readonly string[]>,
): Map<string, Set<HostName>> {
  const lacking = new Map<string, Set<HostName>>();
  for (const { name, machine } of vms) {
    const image = images.get(name);
    if (image === undefined || there.get(machine.name)?.includes(image) === true) continue;
    lacking.set(image, (lacking.get(image) ?? new Set()).add(machine.name));
  }
  return lacking;
}

/**
 * Sees to it that every VM has an ssh host key among the secrets of the deployment, and that the ssh of this machine knows it: the
 * first login is checked like every other. It comes before a transport is used, which reads the known keys once.
 */
export async function provideKeys(
  { context, site }: Omit<VmAsk, "transport">,
  vms: readonly Vm[],
): Promise<void> {
  const secrets = new SecretFiles(site.secretsFolder);
  const rendering = renderingSite(context, site);
  const hosts = [];
  for (const vm of vms) {
    const publicKey = await provideHostKey(secrets, { host: vm.name, secret: hostKeySecret(vm.name) });
    hosts.push({ target: targetOf(rendering, vm.host), publicKey });
  }
  const added = await trustHostKeys(hosts, sshConfigFileOf(context.io));
  if (added.length > 0 && !context.global.quiet) {
    context.io.stderr.write(`known from now on by their host keys: ${foldNames(added)}\n`);
  }
}

function warnOfTranslation({ context }: VmAsk, machines: readonly SeenMachine[]): void {
  const slow = machines.filter(({ accelerator }) => accelerator === "qemu").map(({ machine }) => machine);
  if (slow.length === 0) return;
  context.io.stderr.write(
    `warning: KVM boots no guest on ${foldNames(slow)}: VMs are translated there, 10 to 30 times slower\n`,
  );
}
