import * as v from "valibot";
import { smokeTestSchema } from "./smoke.ts";
import { account, address, count, duration, port, ratio, text } from "./leaves.ts";

import { secretsSchema } from "./secrets.ts";

/** The one block of ports; what is not said is as here, or laid out from `base`. */
export const portsSchema = v.strictObject({
  /** Lays the whole site out from this number, in a fixed order. */
  base: v.optional(port),
  ssh: v.optional(port),
  tinc: v.optional(port),
  stunnel: v.optional(port),
  http_redirect: v.optional(port),
  haproxy: v.optional(port),
  nginx: v.optional(port),
  hub: v.optional(port),
  hub_proxy: v.optional(port),
  cassandra_client: v.optional(port),
  cassandra_native: v.optional(port),
  /** Plain and TLS. */
  cassandra_internode: v.optional(
    v.tuple([port, port], "two ports are expected, plain and TLS: [7000, 7001]"),
  ),
  cassandra_jmx: v.optional(port),
  images: v.optional(port),
});

const sshSchema = v.strictObject({
  /** pdsh's figure; connections are set up 30 at a time whatever this is. */
  parallel: v.optional(count, 32),
  connect_timeout: v.optional(duration, "10s"),
  host_keys: v.optional(v.picklist(["strict", "accept-new"]), "strict"),
  become: v.optional(v.picklist(["sudo", "none"]), "sudo"),
});

export const timeoutsSchema = v.strictObject({
  start: v.optional(duration, "60s"),
  stop: v.optional(duration, "60s"),
  ready: v.optional(duration, "10m"),
});

/** VMs against their machine, summed over all deployments. */
const overcommitSchema = v.strictObject({
  ram: v.optional(ratio, 1),
  cores: v.optional(ratio, 1),
  disk: v.optional(ratio, 1),
});

export const vpnSchema = v.strictObject({
  kind: v.optional(v.literal("tinc"), "tinc"),
  netmask: v.optional(address, "255.192.0.0"),
  /** Who connects to whom: every machine to every other, or every host. */
  mesh: v.optional(v.picklist(["machines", "hosts"]), "machines"),
  key_bits: v.optional(v.picklist([2048, 3072, 4096]), 2048),
});

/** What a deployment says of itself, its machines, VMs and services apart. */
export const deploymentEntries = {
  site: v.optional(text),
  note: v.optional(text),
  /** Another deployment whose entry this one begins with. */
  extends: v.optional(text),
  transport: v.optional(v.picklist(["ssh", "local"]), "ssh"),
  /** Path prefix of the whole site. */
  base_url: v.optional(
    v.pipe(v.string(), v.regex(/^(\/.*[^/])?$/s, 'a base_url begins with "/" and does not end with it')),
    "",
  ),
  /** The data centre of machines that do not name one. */
  dc: v.optional(text),
  user: v.optional(account),
  ssh: v.optional(sshSchema, {}),
  timeouts: v.optional(timeoutsSchema, {}),
  overcommit: v.optional(overcommitSchema, {}),
  vpn: v.optional(vpnSchema),
  /** What is brought from secrets/DEPLOYMENT/ to hosts of certain roles, and removed from others. */
  secrets: v.optional(secretsSchema),
  /** What must hold of the site that runs, asked by smc release. */
  smoke: v.optional(v.array(smokeTestSchema), []),
};

/** The keys of a deployment that `defaults:` has too. */
export const SHARED_KEYS = ["dc", "user", "ssh", "timeouts", "overcommit", "smoke"] as const;
