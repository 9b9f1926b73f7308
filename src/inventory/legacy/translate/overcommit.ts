import { parseSize } from "../../../base/units.ts";
import { isPlainMap, type Plain, type PlainMap } from "../plain.ts";
import type { HostDrafts } from "./hosts.ts";

const RESOURCES = ["ram", "cores", "disk"] as const;
type Amounts = Record<(typeof RESOURCES)[number], number>;

/** How far the VMs go beyond what their machines have by the old comments, as factors; what fits is not in it. */
export function overcommitOf({ machines, vms }: HostDrafts): PlainMap {
  const demands = new Map<string, Amounts>();
  for (const vm of vms.values()) {
    const name = typeof vm["at"] === "string" ? vm["at"] : "";
    const demand = demands.get(name) ?? { ram: 0, cores: 0, disk: 0 };
    demand.ram += bytes(vm["ram"]);
    demand.cores += Number(vm["vcpus"] ?? 0);
    demand.disk += diskBytes(vm["disks"]);
    demands.set(name, demand);
  }
  const factors = RESOURCES.flatMap((resource): [string, number][] => {
    const ratios = [...demands].map(([name, demand]) => {
      const own = machines.get(name)?.[resource];
      const amount = resource === "cores" ? Number(own ?? 0) : bytes(own);
      return amount === 0 ? 0 : demand[resource] / amount;
    });
    const most = Math.max(0, ...ratios);
    return most > 1 ? [[resource, Math.ceil(most * 10 - 1e-9) / 10]] : [];
  });
  return Object.fromEntries(factors);
}

function diskBytes(disks: Plain | undefined): number {
  if (!isPlainMap(disks)) return 0;
  return Object.values(disks).reduce<number>((sum, disk) => {
    if (!isPlainMap(disk)) return sum + bytes(disk);
    return disk["device"] === undefined ? sum + bytes(disk["size"]) : sum;
  }, 0);
}

function bytes(size: Plain | undefined): number {
  return typeof size === "string" ? (parseSize(size) ?? 0) : 0;
}
