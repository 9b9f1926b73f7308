import type { HostName, InstanceName } from "../base/names.ts";
import type { Instance } from "../inventory/model.ts";
import type { Behind } from "../services/release/batches.ts";
import type { Vm } from "./vm.ts";

/**
 * Cuts VMs into batches, in their order: those without a node of the ring in batches of `size`, and then those of each wave of the ring
 * together, which the rule of the ring made.
 */
export function batchVms(
  vms: readonly Vm[],
  { size, waves }: { size: number; waves: readonly (readonly HostName[])[] },
): Vm[][] {
  const inRing = new Set(waves.flat());
  const others = vms.filter(({ name }) => !inRing.has(name));
  const cut = Array.from({ length: Math.ceil(others.length / size) }, (_, index) =>
    others.slice(index * size, (index + 1) * size),
  );
  const ring = waves.map(wave => vms.filter(({ name }) => wave.includes(name)));
  return [...cut, ...ring].filter(batch => batch.length > 0);
}

/**
 * Batches that would leave a proxy without a server that runs, in words. A VM takes all that is on it away at once. Where none runs there
 * is nothing to lose; what a batch made anew serves again.
 */
export function emptiedByVms(
  batches: readonly (readonly Vm[])[],
  {
    proxies,
    running,
    instances,
  }: {
    proxies: readonly Behind[];
    running: ReadonlySet<InstanceName>;
    instances: readonly Pick<Instance, "name" | "host">[];
  },
): string[] {
  const words = batches.flatMap(batch => {
    const hosts = new Set(batch.map(({ name }) => name));
    const going = new Set(instances.filter(({ host }) => hosts.has(host)).map(({ name }) => name));
    return proxies.flatMap(({ proxy, service, servers }) => {
      const serving = [...servers].filter(name => running.has(name));
      if (serving.length === 0 || serving.some(name => !going.has(name))) return [];
      return [
        `${proxy} has ${serving.length} of ${service} that run, and all of them are on VMs that would go at once: ${[...hosts].join(", ")}`,
      ];
    });
  });
  return [...new Set(words)];
}
