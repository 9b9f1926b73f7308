import { loadFile } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { VM_WORD } from "./service-words.ts";

/** Names that the services file has, for completion. */
export interface KnownNames {
  services: readonly string[];
  /** Hosts, and the roles and groups that a selection may name with `@`. */
  hosts: readonly string[];
  deployments: readonly string[];
}

/**
 * The names of the deployment that the options name, else of all deployments. Completion must not complain: a file that
 * is missing or wrong gives no names.
 */
export async function knownNames(context: CommandContext<unknown>): Promise<KnownNames> {
  const loaded = await loadFile(context).catch(() => undefined);
  const all = [...(loaded?.inventory?.deployments.values() ?? [])];
  const named = all.filter(({ name }) => name === context.global.deployment);
  const used = named.length > 0 ? named : all;
  const hosts = used.flatMap(deployment => [...deployment.hosts.values()]);
  const roles = hosts.flatMap(({ role }) => (role === undefined ? [] : [`@${role}`]));
  const vms = hosts.some(({ vm }) => vm !== undefined) ? [VM_WORD] : [];
  return {
    services: distinct([...used.flatMap(({ services }) => [...services.keys()]), ...vms]),
    hosts: distinct([...hosts.map(({ name }) => name), ...roles]),
    deployments: all.map(({ name }) => name),
  };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
