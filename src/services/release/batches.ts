import type { InstanceName, ServiceName } from "../../base/names.ts";
import type { PlaceChange } from "./decide.ts";

/** Cuts changes into batches of `size` places, in their order; a batch is of one service. */
export function batchesOf(changes: readonly PlaceChange[], size: number): PlaceChange[][] {
  const byService = Map.groupBy(changes, ({ place }) => place.service);
  return [...byService.values()].flatMap(group =>
    Array.from({ length: Math.ceil(group.length / size) }, (_, index) =>
      group.slice(index * size, (index + 1) * size),
    ),
  );
}

/** What stands behind a proxy of one service. */
export interface Behind {
  proxy: InstanceName;
  service: ServiceName;
  servers: ReadonlySet<InstanceName>;
}

/**
 * Batches that would leave a proxy with no server: a place takes one instance away at a time, so it is as many as there are places in
 * the batch with one of its servers. In words, one for each.
 */
export function emptiedProxies(
  batches: readonly (readonly PlaceChange[])[],
  proxies: readonly Behind[],
): string[] {
  const words = batches.flatMap(batch =>
    proxies.flatMap(({ proxy, service, servers }) => {
      const gone = batch.filter(
        ({ place }) =>
          place.service === service && place.instances.some(({ instance }) => servers.has(instance.name)),
      );
      return gone.length < servers.size
        ? []
        : [
            `${proxy} has ${servers.size} of ${service}, and ${gone.length} places with one of them would go at once`,
          ];
    }),
  );
  return [...new Set(words)];
}
