import type { DeploymentName, HostName, SecretName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, Host, VmSettings } from "../inventory/model.ts";
import { select } from "../inventory/selection.ts";

/** A VM that smc makes and runs, with the machine that carries it. */
export interface Vm {
  name: HostName;
  deployment: DeploymentName;
  host: Host;
  settings: VmSettings;
  machine: Host;
}

/** The drivers whose VMs smc makes; those of others it only uses. */
const DRIVERS = ["kvm", "qemu"];

/** The VMs of a deployment that smc makes and runs, in file order. */
export function vmsOf(deployment: Deployment): Vm[] {
  return [...deployment.hosts.values()].flatMap(host => {
    const settings = host.vm;
    const machine = settings === undefined ? undefined : deployment.hosts.get(settings.machine);
    if (settings === undefined || machine === undefined) return [];
    if (!host.managed || !DRIVERS.includes(settings.driver)) return [];
    return [{ name: host.name, deployment: deployment.name, host, settings, machine }];
  });
}

/** The VMs that the words name, all without any. Throws an OperatorError where these are hosts of another kind. */
export function selectVms(deployment: Deployment, words: readonly string[]): Vm[] {
  const names = new Set(select(deployment.hosts, words).map(host => host.name));
  const chosen = vmsOf(deployment).filter(vm => names.has(vm.name));
  if (chosen.length > 0) return chosen;
  const what = words.length === 0 ? deployment.name : words.join(" ");
  throw new OperatorError(`${what} has no VM that smc runs`, {
    code: "SELECTION_EMPTY",
    hint: `smc -d ${deployment.name} hosts  shows which hosts are VMs`,
  });
}

/** The private ssh host key of a VM, base64 of its whole file, so that it stands in one line of what the VM is told. */
export function hostKeySecret(vm: HostName): SecretName {
  return `vm/${vm}/ssh_host_ed25519_key.b64`;
}
