import { performance } from "node:perf_hooks";

/** What one process needed to run `true` on all hosts. */
export interface Measured {
  /** Milliseconds of CPU, user and system, for each host; the start of Node and the loading of code are not in it. */
  cpu: number;
  /** Milliseconds from the first to the last. */
  wall: number;
}

/** The addresses of so many hosts, all of them this machine. */
export function loopbackHosts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.9.${Math.floor(index / 250)}.${(index % 250) + 1}`);
}

/**
 * Does the work on one host first, which loads all code that it needs, then measures it on all hosts in this process, and
 * prints the figures as JSON for the process that compares.
 */
export async function report(
  hosts: readonly string[],
  work: (hosts: readonly string[]) => Promise<void>,
): Promise<void> {
  await work(hosts.slice(0, 1));
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await work(hosts);
  const wall = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  const measured: Measured = { cpu: (user + system) / 1000 / hosts.length, wall };
  console.log(JSON.stringify(measured));
}
