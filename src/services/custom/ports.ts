import type { Instance } from "../../inventory/model.ts";

/**
 * The ports of one instance by name: those that the inventory gave it, else the ports of the service moved on by as many
 * as it has for each instance before this one.
 */
export function customPorts(
  instance: Pick<Instance, "id" | "ports">,
  ports: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const names = Object.keys(ports);
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      instance.ports[name] ?? port + instance.id * names.length,
    ]),
  );
}
