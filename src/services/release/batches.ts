import type { InstanceName, ServiceName } from "../../base/names.ts";
import type { PlannedInstance } from "../planners/planned-instance.ts";
import type { PlaceChange } from "./decide.ts";

/**
 * Cuts changes into batches of `size` places, in their order; a batch is of one service. What does not run goes first, among the places
 * and in each: it takes nothing from anybody, and serves when the others go.
 */
export function batchesOf(
  changes: readonly PlaceChange[],
  size: number,
  running: ReadonlySet<InstanceName>,
): PlaceChange[][] {
  const runs = ({ instance }: PlannedInstance): boolean => running.has(instance.name);
  const byService = Map.groupBy(changes, ({ place }) => place.service);
  return [...byService.values()].flatMap(group => {
    const ordered = lastWhere(group, ({ place }) => place.instances.every(runs)).map(change => ({
      ...change,
      place: { ...change.place, instances: lastWhere(change.place.instances, runs) },
    }));
    return Array.from({ length: Math.ceil(ordered.length / size) }, (_, index) =>
      ordered.slice(index * size, (index + 1) * size),
    );
  });
}

/** What stands behind a proxy of one service. */
export interface Behind {
  proxy: InstanceName;
  service: ServiceName;
  servers: ReadonlySet<InstanceName>;
}

/**
 * Batches that would leave a proxy with no server, of those that run or that an earlier batch has started: a place takes one instance away
 * at a time, so it is as many as there are places in the batch with one of its servers. A place with one that does not run starts that
 * before. Where none runs there is nothing to lose. In words, one for each.
 */
export function emptiedProxies(
  batches: readonly (readonly PlaceChange[])[],
  proxies: readonly Behind[],
  running: ReadonlySet<InstanceName>,
): string[] {
  const up = new Set(running);
  const words = batches.flatMap(batch => {
    const emptied = proxies.flatMap(behind => emptiedBy(batch, behind, up));
    batch.flatMap(({ place }) => place.instances).forEach(({ instance }) => up.add(instance.name));
    return emptied;
  });
  return [...new Set(words)];
}

function emptiedBy(
  batch: readonly PlaceChange[],
  { proxy, service, servers }: Behind,
  up: ReadonlySet<InstanceName>,
): string[] {
  const serving = [...servers].filter(name => up.has(name)).length;
  const gone = batch.filter(({ place }) => {
    const own = place.instances.filter(({ instance }) => servers.has(instance.name));
    return place.service === service && own.length > 0 && own.every(({ instance }) => up.has(instance.name));
  });
  if (serving === 0 || gone.length < serving) return [];
  return [
    `${proxy} has ${serving} of ${service} that run, and ${gone.length} places with one of them would go at once`,
  ];
}

function lastWhere<T>(items: readonly T[], isLast: (item: T) => boolean): T[] {
  return [...items.filter(item => !isLast(item)), ...items.filter(isLast)];
}
