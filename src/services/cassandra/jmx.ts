import type { RenderedInstance } from "../model.ts";
import type { NodePlaces } from "./places.ts";

const PORT = /^-D(?:com\.sun\.management\.jmxremote(?:\.rmi)?|cassandra\.jmx\.(?:local|remote))\.port=(\d+)$/;
const ASKS = /^-Dcom\.sun\.management\.jmxremote\.authenticate=(.*)$/;

/**
 * Where a node takes orders by JMX: at smc's own port, which is bound to loopback, and at those that the options of the services file
 * open. It asks for a password when they say so: without a word, neither smc's port nor Cassandra's own does.
 */
export function jmxControl(
  options: readonly string[],
  { ports }: NodePlaces,
): NonNullable<RenderedInstance["control"]> {
  const opened = options.flatMap(option => PORT.exec(option)?.[1] ?? []).map(Number);
  const asks = options.flatMap(option => ASKS.exec(option)?.[1] ?? []);
  return { name: "JMX", ports: [...new Set([ports.jmx, ...opened])], password: asks.at(-1) === "true" };
}
