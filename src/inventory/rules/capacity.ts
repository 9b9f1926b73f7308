import type { HostName } from "../../base/names.ts";
import { formatSize } from "../../base/units.ts";
import type { BuiltDeployment, Overcommit } from "../build/deployment.ts";
import type { Host } from "../model.ts";
import type { Problems } from "../problems.ts";
import { get } from "../source/value.ts";
import { worldsOf } from "./unique.ts";

interface Demand {
  ram: number;
  cores: number;
  disk: number;
  vms: HostName[];
}

const RESOURCES = ["ram", "cores", "disk"] as const;

/** VMs must fit their machine, summed over all deployments that use it. The strictest `overcommit` of those counts. */
export function checkCapacity(deployments: readonly BuiltDeployment[], problems: Problems): void {
  for (const world of worldsOf(deployments)) {
    const demands = demandsOf(world);
    const limits = strictest(world);
    const [first] = world;
    for (const [name, demand] of demands) {
      const machine = first?.deployment.hosts.get(name);
      if (machine !== undefined) checkMachine(machine, { demand, limits, world, problems });
    }
  }
}

function demandsOf(world: readonly BuiltDeployment[]): ReadonlyMap<HostName, Demand> {
  const demands = new Map<HostName, Demand>();
  for (const { deployment } of world) {
    for (const { name, vm, ram, cores } of deployment.hosts.values()) {
      if (vm === undefined) continue;
      const demand = demands.get(vm.machine) ?? { ram: 0, cores: 0, disk: 0, vms: [] };
      demand.ram += ram ?? 0;
      demand.cores += cores ?? 0;
      for (const { size, device } of vm.disks.values()) demand.disk += device === undefined ? (size ?? 0) : 0;
      demand.vms.push(name);
      demands.set(vm.machine, demand);
    }
  }
  return demands;
}

function strictest(world: readonly BuiltDeployment[]): Overcommit {
  const least = (key: keyof Overcommit) => Math.min(...world.map(({ overcommit }) => overcommit[key]));
  return { ram: least("ram"), cores: least("cores"), disk: least("disk") };
}

interface MachineCheck {
  demand: Demand;
  limits: Overcommit;
  world: readonly BuiltDeployment[];
  problems: Problems;
}

function checkMachine(machine: Host, { demand, limits, world, problems }: MachineCheck): void {
  for (const resource of RESOURCES) {
    const own = machine[resource];
    // Sizes are bytes and factors have one or two digits: a byte too many is not worth an error.
    if (own === undefined || demand[resource] <= own * limits[resource] * (1 + 1e-9)) continue;
    const write = (amount: number) => (resource === "cores" ? String(amount) : formatSize(amount));
    const source = world[0]?.hostSources.get(machine.name)?.source;
    const factor = limits[resource] === 1 ? "" : ` × ${limits[resource]}`;
    problems.add({
      at: get(source?.value, resource)?.at ?? source?.keyAt ?? 0,
      message:
        `${machine.name} has ${write(own)}${factor} of ${resource}, ` +
        `its VMs ask for ${write(demand[resource])}: ${demand.vms.join(", ")}`,
      suggestion: `give the VMs less, or raise defaults: overcommit: ${resource}`,
    });
  }
}
