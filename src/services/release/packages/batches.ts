import type { HostName, InstanceName } from "../../../base/names.ts";
import type { Behind } from "../batches.ts";

/** Whether two hosts may not go at the same time. */
export type Apart = (one: HostName, other: HostName) => boolean;

/**
 * Hosts with a proxy that runs, and those with a server behind it: a proxy that is restarted takes all of its servers for well, also those that
 * were taken out there. Nor do two hosts with a proxy go at once, as the one has the clients while the other is away.
 */
export function keptApart(proxies: readonly Behind[], running: ReadonlyMap<InstanceName, HostName>): Apart {
  const behind = new Map<HostName, Set<HostName>>();
  for (const { proxy, servers } of proxies) {
    const host = running.get(proxy);
    if (host === undefined) continue;
    const of = behind.get(host) ?? new Set();
    [...servers].forEach(name => of.add(running.get(name) ?? host));
    behind.set(host, of);
  }
  const needs = (one: HostName, other: HostName): boolean => behind.get(one)?.has(other) === true;
  return (one, other) => needs(one, other) || needs(other, one) || (behind.has(one) && behind.has(other));
}

/** Waves of the ring in which hosts go at once that must not, by their proxies. In words, one for each. */
export function togetherInWaves(waves: readonly (readonly HostName[])[], apart: Apart): string[] {
  return waves.flatMap(wave =>
    wave.flatMap((one, index) =>
      wave
        .slice(index + 1)
        .filter(other => apart(one, other))
        .map(
          other =>
            `${one} and ${other} would go at once, and one has a proxy that the other needs, or both have one`,
        ),
    ),
  );
}

/**
 * Cuts hosts into batches of at most `size`: those where nothing of smc runs first, as they take nothing from anybody. A batch ends too where
 * the next host is to be kept apart from one of it. Machines that carry VMs come last and alone, since nodes of a ring may be on these.
 */
export function batchesOfHosts<Changes extends { host: HostName }>(
  changes: readonly Changes[],
  words: { size: number; running: ReadonlySet<HostName>; carriers: ReadonlySet<HostName>; apart: Apart },
): Changes[][] {
  const { size, running, carriers, apart } = words;
  const others = changes.filter(({ host }) => !carriers.has(host));
  const idle = others.filter(({ host }) => !running.has(host));
  const serving = others.filter(({ host }) => running.has(host));
  const batches: Changes[][] = [];
  for (const next of [...idle, ...serving]) {
    const last = batches.at(-1);
    const fits = last !== undefined && last.length < size && !last.some(({ host }) => apart(host, next.host));
    if (fits) last.push(next);
    else batches.push([next]);
  }
  return [...batches, ...changes.filter(({ host }) => carriers.has(host)).map(carrier => [carrier])];
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
