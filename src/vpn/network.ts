import ipaddr from "ipaddr.js";
import { naturalOrder } from "../base/natural-order.ts";
import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, Host, Inventory, VpnSettings } from "../inventory/model.ts";

/** The network as the services file has it: who may be in it, and how they find each other. */
export interface VpnNetwork {
  /** Every host of all deployments that share the machines, in natural order: they are one network. */
  hosts: readonly Host[];
  settings: VpnSettings;
  port: number;
}

/** Gives the network of a deployment. Throws an OperatorError (exit 2) where it has none, or two hosts would have one name in it. */
export function networkOf(inventory: Inventory, deployment: Deployment): VpnNetwork {
  const { vpn, transport, name } = deployment;
  if (vpn === undefined || transport === "local") {
    throw new OperatorError(`${name} has no VPN`, {
      code: "NO_VPN",
      hint: "say vpn: {kind: tinc, netmask: …} in the services file",
    });
  }
  const hosts = hostsAround(inventory, deployment);
  refuseSameNames(hosts);
  return { hosts, settings: vpn, port: deployment.ports.tinc };
}

/** The name of a host inside tinc: letters, digits and `_` alone (tinc.conf(5)). */
export function nodeName(host: HostName): string {
  return host.replaceAll(/[^A-Za-z0-9]/g, "_");
}

/** How many bits of an address the network has, of `255.192.0.0` 10. */
export function prefixLength(netmask: string): number {
  const length = ipaddr.IPv4.isValid(netmask)
    ? ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask()
    : null;
  if (length !== null) return length;
  throw new OperatorError(`${netmask} is no netmask`, {
    code: "NETMASK_INVALID",
    hint: "a netmask is such as 255.192.0.0",
  });
}

/**
 * Whom a member connects to: those with a public address, but itself. In a mesh of machines VMs connect to the machine
 * that carries them where that has one, else to all such machines, and nobody connects to a VM.
 */
export function dialled(member: Host, members: readonly Host[], mesh: VpnSettings["mesh"]): readonly Host[] {
  const others = members.filter(({ name, public: address }) => address !== undefined && name !== member.name);
  if (mesh === "hosts") return others;
  const machines = others.filter(({ kind }) => kind === "machine");
  const own = machines.filter(({ name }) => name === member.vm?.machine);
  return own.length > 0 ? own : machines;
}

/** Whose keys a member needs: a machine those of all, a VM in a mesh of machines those of machines, and each its own. */
export function known(member: Host, members: readonly Host[], mesh: VpnSettings["mesh"]): readonly Host[] {
  if (mesh === "hosts" || member.kind === "machine") return members;
  return members.filter(({ name, kind }) => kind === "machine" || name === member.name);
}

/** Deployments on the same machines are in one network with them. */
function hostsAround({ deployments }: Inventory, deployment: Deployment): Host[] {
  const own = new Map([...deployment.hosts.values()].map(host => [host.name, host.address]));
  const around = [...deployments.values()].filter(
    ({ transport, hosts }) =>
      transport === "ssh" && [...hosts.values()].some(({ name, address }) => own.get(name) === address),
  );
  const all = around.flatMap(({ hosts }) => [...hosts.values()]).filter(({ managed }) => managed);
  const byName = new Map(all.map(host => [host.name, host]));
  return [...byName.values()].sort((a, b) => naturalOrder(a.name, b.name));
}

function refuseSameNames(hosts: readonly Host[]): void {
  for (const group of Map.groupBy(hosts, ({ name }) => nodeName(name)).values()) {
    if (group.length < 2) continue;
    const names = group.map(({ name }) => name).join(" and ");
    throw new OperatorError(
      `${names} would have the same name in the VPN, ${nodeName(names.split(" ")[0] ?? "")}`,
      {
        code: "VPN_NAME_TWICE",
        hint: "tinc knows letters, digits and _ only: give one of them another name",
      },
    );
  }
}
