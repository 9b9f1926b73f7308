import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { formatSize } from "../../base/units.ts";
import type { Keyspace, ObservedRing } from "../ring/model.ts";
import { roomFor, type NodeForecast } from "./forecast.ts";
import { unsteadiness } from "./steady.ts";

/** What is to be known before nodes leave. */
export interface Leave {
  ring: ObservedRing;
  /** Members of the ring. */
  leaving: readonly HostName[];
  /** The seeds of the services file where it names some; none: the first of each data centre, whichever are left. */
  seeds: readonly HostName[];
  /** What the others gain; absent where nobody looked at the disks. */
  forecast?: readonly NodeForecast[];
}

/** Why these nodes may not leave the ring, one line a reason. One that leaves already is waited for. */
export function shrinkProblems({ ring, leaving, seeds, forecast = [] }: Leave): string[] {
  const onTheWay = ring.nodes.filter(
    ({ host, mode, state }) => leaving.includes(host) && mode === "leaving" && state === "up",
  );
  return [
    ...unsteadiness(
      ring,
      onTheWay.map(({ host }) => host),
    ),
    ...factorProblems(ring, leaving),
    ...seedProblems(seeds, leaving),
    ...forecast.flatMap(diskProblems),
  ];
}

/** Every replica of a keyspace needs a node of its own, in its own data centre. */
function factorProblems(ring: ObservedRing, leaving: readonly HostName[]): string[] {
  const left = ring.nodes.filter(({ host }) => !leaving.includes(host));
  const byCentre = Map.groupBy(left, ({ dc }) => dc);
  const told = ring.keyspaces.flatMap(keyspace =>
    wanted(keyspace).flatMap(({ dc, factor }) => {
      const nodes = dc === undefined ? left.length : (byCentre.get(dc)?.length ?? 0);
      return factor > nodes ? [{ keyspace: keyspace.name, dc, factor, nodes }] : [];
    }),
  );
  const alike = Map.groupBy(told, ({ dc, factor }) => `${dc ?? ""} ${factor}`);
  return [...alike.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const { dc, factor, nodes } = first;
    const names = group.map(({ keyspace }) => keyspace).join(", ");
    const where = dc === undefined ? "" : ` in ${dc}`;
    return [`${names}: ${factor} replicas${where}, and ${nodes} nodes would be left there`];
  });
}

function wanted({ replication }: Keyspace): { dc: string | undefined; factor: number }[] {
  if (replication.strategy === "local") return [];
  if (replication.strategy === "simple") return [{ dc: undefined, factor: replication.factor }];
  return Object.entries(replication.factors).map(([dc, factor]) => ({ dc, factor }));
}

function seedProblems(seeds: readonly HostName[], leaving: readonly HostName[]): string[] {
  if (seeds.length === 0 || seeds.some(seed => !leaving.includes(seed))) return [];
  return [`${foldNames(seeds)}: every seed would be gone; name others in seeds: first`];
}

function diskProblems(node: NodeForecast): string[] {
  const { host, gain, free } = node;
  if (free === undefined || gain <= roomFor(free)) return [];
  return [
    `${host} would gain ${formatSize(gain)}, and has ${formatSize(free)} free, of which ${formatSize(roomFor(free))} may be used`,
  ];
}
