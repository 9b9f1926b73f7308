import type { HostName, InstanceName } from "../../../base/names.ts";
import type { Behind } from "../batches.ts";

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
