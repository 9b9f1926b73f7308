import type { HostName, InstanceName } from "../../../base/names.ts";
import type { Behind } from "../batches.ts";

/**
 * Cuts hosts into batches of `size`: those where nothing of smc runs first, as they take nothing from anybody. Machines that carry VMs come
 * last and alone, since nodes of a ring may be on these.
 */
export function batchesOfHosts<Changes extends { host: HostName }>(
  changes: readonly Changes[],
  {
    size,
    running,
    carriers,
  }: { size: number; running: ReadonlySet<HostName>; carriers: ReadonlySet<HostName> },
): Changes[][] {
  const others = changes.filter(({ host }) => !carriers.has(host));
  const idle = others.filter(({ host }) => !running.has(host));
  const serving = others.filter(({ host }) => running.has(host));
  const carrying = changes.filter(({ host }) => carriers.has(host));
  return [...inBatches([...idle, ...serving], size), ...inBatches(carrying, 1)];
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/**
 * Batches of hosts that would leave a proxy with no server, of those that run: all instances of the hosts of a batch are away at a time.
 * Where none runs there is nothing to lose. In words, one for each.
 */
export function emptiedByHosts(
  batches: readonly (readonly HostName[])[],
  proxies: readonly Behind[],
  running: ReadonlyMap<InstanceName, HostName>,
): string[] {
  const words = batches.flatMap(batch =>
    proxies.flatMap(({ proxy, service, servers }) => {
      const serving = [...servers].flatMap(name => running.get(name) ?? []);
      const left = serving.filter(host => !batch.includes(host));
      if (serving.length === 0 || left.length > 0) return [];
      return [`${proxy} has ${serving.length} of ${service} that run, all on hosts that would go at once`];
    }),
  );
  return [...new Set(words)];
}
