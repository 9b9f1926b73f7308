import { attempt, run } from "./command.ts";
import type { HostLayout, LabLayout } from "./layout.ts";

/** Tells whether nothing on this machine uses the subnet or the bridge of a lab. */
export async function isNetworkFree(lab: LabLayout): Promise<boolean> {
  const [addresses, routes, bridge] = await Promise.all([
    run(["ip", "-oneline", "-4", "address", "show", "to", lab.subnet]),
    run(["ip", "route", "show", "root", lab.subnet]),
    attempt(["ip", "link", "show", lab.bridge]),
  ]);
  return addresses.trim() === "" && routes.trim() === "" && bridge.code !== 0;
}

export async function addBridge(lab: LabLayout): Promise<void> {
  await batch([
    `link add ${lab.bridge} type bridge`,
    `address add ${lab.controllerAddress}/24 dev ${lab.bridge}`,
    `link set ${lab.bridge} up`,
  ]);
}

/** Makes the network namespace of a host and plugs it into the bridge. Hosts have no route to anywhere else. */
export async function addHostNetwork(lab: LabLayout, host: HostLayout): Promise<void> {
  // A lab that was interrupted while it was taken away can leave the end of a cable behind.
  await attempt(["ip", "link", "delete", host.cable]);
  await batch([
    `netns add ${host.machine}`,
    `link add ${host.cable} type veth peer name eth0 netns ${host.machine}`,
    `link set ${host.cable} master ${lab.bridge} up`,
    ...(host.kind === "machine" ? inner(host) : []),
    `-netns ${host.machine} address add ${host.address}/24 dev ${host.kind === "machine" ? "br0" : "eth0"}`,
    `-netns ${host.machine} link set eth0 up`,
    `-netns ${host.machine} link set lo up`,
  ]);
}

/** The bridge of a machine, which its VMs are plugged into beside its own cable. */
function inner({ machine }: HostLayout): string[] {
  return [
    `-netns ${machine} link add br0 type bridge`,
    `-netns ${machine} link set eth0 master br0`,
    `-netns ${machine} link set br0 up`,
  ];
}

/** Removes the bridge of a lab, and its namespaces with the cables that end there. Nothing may run in them. */
export async function removeNetwork(lab: LabLayout): Promise<void> {
  for (const namespace of await namespacesOf(lab)) {
    // The cable has the name of the namespace; while a socket in there ends, the kernel would keep both.
    await attempt(["ip", "link", "delete", namespace]);
    await run(["ip", "netns", "delete", namespace]);
  }
  const bridge = await attempt(["ip", "link", "show", lab.bridge]);
  if (bridge.code === 0) await run(["ip", "link", "delete", lab.bridge]);
}

/** The network namespaces of a lab that are there, found by their names. */
export async function namespacesOf(lab: LabLayout): Promise<string[]> {
  const listing = await run(["ip", "netns", "list"]);
  const names = listing.split("\n").map(line => line.split(" ")[0] ?? "");
  return names.filter(name => name.startsWith(lab.prefix));
}

/** Everything that runs in a network namespace. */
export async function processesIn(namespace: string): Promise<number[]> {
  const { stdout } = await attempt(["ip", "netns", "pids", namespace]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

async function batch(lines: readonly string[]): Promise<void> {
  for (const line of lines) await run(["ip", ...line.split(" ")]);
}
