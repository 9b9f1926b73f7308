import type { BuiltDeployment } from "../build/deployment.ts";
import type { HostSource } from "../build/hosts.ts";
import { writtenIds } from "../build/instances.ts";
import type { Instance } from "../model.ts";
import type { Problems } from "../problems.ts";
import { get, type Offset } from "../source/value.ts";

const MAX_PORT = 65_535;

/** Who has a thing that only one may have. */
interface Owner {
  what: string;
  at: Offset;
}

/**
 * Addresses and names of hosts, ids of instances and ports of an address: each only once. Deployments on the machines of the
 * file share one world; a deployment with machines of its own (a laptop, a project) is a world by itself.
 */
export function checkUnique(deployments: readonly BuiltDeployment[], problems: Problems): void {
  for (const world of worldsOf(deployments)) {
    checkHosts(world, problems);
    checkIds(world, problems);
    checkPorts(world, problems);
  }
}

/** The deployments that meet on the same machines. */
export function worldsOf(deployments: readonly BuiltDeployment[]): BuiltDeployment[][] {
  const shared = deployments.filter(({ sharesMachines }) => sharesMachines);
  const alone = deployments.filter(({ sharesMachines }) => !sharesMachines).map(deployment => [deployment]);
  return shared.length === 0 ? alone : [shared, ...alone];
}

function checkHosts(world: readonly BuiltDeployment[], problems: Problems): void {
  const addresses = new Map<string, Owner>();
  const publicAddresses = new Map<string, Owner>();
  const names = new Map<string, Owner>();
  const seen = new Set<HostSource>();
  for (const { hostList } of world) {
    for (const host of hostList) {
      if (seen.has(host)) continue;
      seen.add(host);
      const address = get(host.source.value, "vpn")?.at ?? host.source.keyAt;
      const owner = { what: host.name, at: address };
      claim(addresses, {
        key: host.entry.vpn,
        owner,
        problems,
        message: (other, key) => `${host.name} has the address ${key} of ${other}`,
      });
      // Behind forwarded ports two hosts may have one; a host that smc does not work on has what its owner says.
      const publicAddress = host.entry.public;
      if (publicAddress !== undefined && host.entry.managed && host.entry.ssh_port === undefined) {
        claim(publicAddresses, {
          key: publicAddress,
          owner: { what: host.name, at: get(host.source.value, "public")?.at ?? host.source.keyAt },
          problems,
          message: (other, key) => `${host.name} has the public address ${key} of ${other}`,
        });
      }
      const named = { what: host.kind === "vm" ? "VM" : "machine", at: host.source.keyAt };
      claim(names, {
        key: host.name,
        owner: named,
        problems,
        message: (other, key) => `there is already a ${other} called ${key}`,
      });
    }
  }
}

function checkIds(world: readonly BuiltDeployment[], problems: Problems): void {
  const ids = new Map<string, Owner>();
  for (const { deployment, services } of world) {
    for (const instance of deployment.instances) {
      if (writtenIds(instance.settings) === undefined) continue;
      const source = services.get(instance.service)?.hostSources.get(instance.host);
      const at = get(source, "instances")?.at ?? source?.at ?? 0;
      const key = `${instance.service} ${instance.id} on ${instance.host}`;
      const owner = { what: deployment.name, at };
      claim(ids, {
        key,
        owner,
        problems,
        message: other => `${key} belongs to the deployment ${other} already`,
      });
    }
  }
}

function checkPorts(world: readonly BuiltDeployment[], problems: Problems): void {
  const taken = new Map<string, Owner>();
  for (const { deployment, services, source } of world) {
    for (const instance of deployment.instances) {
      const address = deployment.hosts.get(instance.host)?.address ?? instance.host;
      const at = services.get(instance.service)?.source.at ?? source.at;
      for (const [name, port] of Object.entries(instance.ports)) {
        if (port > MAX_PORT) reportHighPort(port, { name, instance, at, problems });
        const owner = { what: `${instance.name} (${deployment.name})`, at };
        claim(taken, {
          key: `${address} ${port}`,
          owner,
          problems,
          message: other => `port ${port} (${name}) on ${instance.host} is taken by ${other}`,
        });
      }
    }
  }
}

interface HighPort {
  name: string;
  instance: Instance;
  at: Offset;
  problems: Problems;
}

/** Ports are counted on from those of the block, so that each of those may be right and the last one is not. */
function reportHighPort(port: number, { name, instance, at, problems }: HighPort): void {
  const message = `${instance.name} would listen on port ${port} (${name}), and the last one is ${MAX_PORT}`;
  problems.add({ at, message, suggestion: "begin lower, or run fewer on a host" });
}

interface Claim {
  key: string;
  owner: Owner;
  problems: Problems;
  message: (other: string, key: string) => string;
}

function claim(taken: Map<string, Owner>, { key, owner, problems, message }: Claim): void {
  const other = taken.get(key);
  if (other === undefined) {
    taken.set(key, owner);
    return;
  }
  const { line } = problems.position(other.at);
  problems.add({
    at: owner.at,
    message: message(other.what, key),
    suggestion: `the other one is in line ${line}`,
  });
}
