import type { HostName } from "../base/names.ts";

/** Who may come in: addresses, or anybody. */
export type Sources = "anywhere" | readonly string[];

/** One thing that a host lets in. */
export interface Rule {
  from: Sources;
  protocol: "tcp" | "udp";
  /** All when there are none. */
  ports: readonly number[];
  /** For people: `native of cassandra for hub, snap`. */
  why: string;
}

/** All that a host lets in beside loopback, answers to what it asked itself, and ping. */
export interface HostRules {
  host: HostName;
  /** Addresses that get nothing, ssh included: of compute servers, which run what strangers write. */
  isolated: readonly string[];
  /** The machine gives addresses and names to VMs on bridges of libvirt. */
  carriesVms: boolean;
  rules: readonly Rule[];
}

/** Whether a host lets a new connection in. */
export function admits(
  { isolated, rules }: HostRules,
  { from, port, protocol = "tcp" }: { from: string; port: number; protocol?: Rule["protocol"] },
): boolean {
  if (isolated.includes(from)) return false;
  return rules.some(
    rule =>
      rule.protocol === protocol &&
      (rule.from === "anywhere" || rule.from.includes(from)) &&
      (rule.ports.length === 0 || rule.ports.includes(port)),
  );
}
