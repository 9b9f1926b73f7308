import type { Ports } from "./model.ts";

/** A `ports:` block after its schema; `base` lays out what is not said. */
export interface PortsEntry extends Partial<{ [Key in keyof Ports]: Ports[Key] | undefined }> {
  base?: number | undefined;
}

/** The ports of a site that says nothing of them. */
export const STANDARD_PORTS: Ports = {
  ssh: 22,
  tinc: 655,
  stunnel: 443,
  http_redirect: 80,
  haproxy: 8000,
  nginx: 8080,
  hub: 5000,
  hub_proxy: 5001,
  cassandra_client: 9160,
  cassandra_native: 9042,
  cassandra_internode: [7000, 7001],
  cassandra_jmx: 7199,
  images: 873,
};

/**
 * Lays a whole site out from one number, so that it fits into a project of somebody else: haproxy is the base itself, then
 * the database (internode, internode with TLS, native, client), nginx, hubs and their proxies in turn (room for 17 on a
 * host), and from base + 40 what the first site of this kind did not have. sshd is not part of the site and stays.
 */
function portsFromBase(base: number): Omit<Ports, "ssh"> {
  return {
    haproxy: base,
    cassandra_internode: [base + 1, base + 2],
    cassandra_native: base + 3,
    cassandra_client: base + 4,
    nginx: base + 5,
    hub: base + 6,
    hub_proxy: base + 7,
    cassandra_jmx: base + 40,
    stunnel: base + 41,
    http_redirect: base + 42,
    tinc: base + 43,
    images: base + 44,
  };
}

/** The ports of a deployment: each level over the one before; a `base` replaces all that levels below it said. */
export function layPorts(levels: readonly PortsEntry[]): Ports {
  let ports = STANDARD_PORTS;
  for (const { base, ...said } of levels) {
    if (base !== undefined) ports = { ...ports, ...portsFromBase(base) };
    const known = Object.entries(said).filter(([, value]) => value !== undefined);
    ports = { ...ports, ...(Object.fromEntries(known) as Partial<Ports>) };
  }
  return ports;
}
