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

/** Measures the work in this process and prints the figures as JSON for the process that compares. */
export async function report(hosts: number, work: () => Promise<void>): Promise<void> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wall = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  const measured: Measured = { cpu: (user + system) / 1000 / hosts, wall };
  console.log(JSON.stringify(measured));
}
