import { foldNames } from "../../base/host-ranges.ts";
import type { HostTarget } from "../../base/host-target.ts";
import { createHostResolver } from "../../transport/ssh/resolve-host.ts";
import { namesOf } from "../../transport/ssh/host-key-check.ts";
import { createKnownHostsStore } from "../../transport/ssh/known-hosts-store.ts";
import { knownHostsName, type KnownHost } from "../../transport/ssh/known-hosts.ts";
import type { Io } from "../model.ts";
import { sshConfigFileOf } from "../open-transport.ts";

/** Lines for `/etc/hosts` (hosts(5)), between marks, so that a script can replace them. */
export function hostsBlock(deployment: string, targets: readonly HostTarget[]): string {
  const lines = targets.map(({ address, name }) => `${address} ${name}`);
  return `${[`# begin smc ${deployment}`, ...lines, `# end smc ${deployment}`].join("\n")}\n`;
}

/** An `ssh_config` that reaches the hosts by their names, and no host by a key that is not known. */
export function sshConfig(targets: readonly HostTarget[]): string {
  const entry = ({ name, address, port, user }: HostTarget): string =>
    [
      `Host ${name}`,
      `  HostName ${address}`,
      ...(port === 22 ? [] : [`  Port ${port}`]),
      ...(user === "" ? [] : [`  User ${user}`]),
      "  StrictHostKeyChecking yes",
      "",
    ].join("\n");
  return targets.map(entry).join("\n");
}

/** A `known_hosts` of the site, and the hosts of which no key is known. */
export interface SiteKeys {
  text: string;
  missing: string;
}

/**
 * The keys that smc itself trusts, by the known_hosts files of this machine. No host is asked: a key that was fetched just now
 * says nothing of who gave it. Keys that are revoked stay so.
 */
export async function knownHostsOf(io: Io, targets: readonly HostTarget[]): Promise<SiteKeys> {
  const resolver = createHostResolver(sshConfigFileOf(io));
  const store = createKnownHostsStore();
  const found = await Promise.all(
    targets.map(async target => {
      const settings = await resolver.resolve(target);
      const entries = (await store.load(settings)).entriesOf(namesOf(target, settings));
      return { target, entries };
    }),
  );
  const missing = found.filter(({ entries }) => entries.every(({ marker }) => marker !== ""));
  return {
    text: [
      ...new Set(found.flatMap(({ target, entries }) => entries.map(entry => lineOf(target, entry)))),
    ].join(""),
    missing: foldNames(missing.map(({ target }) => target.name)),
  };
}

function lineOf({ name, address, port }: HostTarget, { marker, type, key }: KnownHost): string {
  const names = [...new Set([name, address].map(called => knownHostsName(called, port)))].join(",");
  return `${marker === "" ? "" : `${marker} `}${names} ${type} ${key}\n`;
}
