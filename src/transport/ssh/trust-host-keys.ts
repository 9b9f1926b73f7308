import type { HostName } from "../../base/names.ts";
import type { HostTarget } from "../../base/host-target.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { explainVerdict, namesOf } from "./host-key-check.ts";
import { createKnownHostsStore } from "./known-hosts-store.ts";
import { createHostResolver } from "./resolve-host.ts";

/** A host with the key that it is going to show: `ssh-ed25519 AAAA…`. */
export interface HostWithKey {
  target: HostTarget;
  publicKey: string;
}

/**
 * Writes the keys of hosts into the known_hosts file that ssh itself would add them to, where they are not yet known, so that the first
 * login is checked as strictly as every later one. Gives the names of the hosts that were added. Throws an OperatorError for a
 * host that is known with another key.
 */
export async function trustHostKeys(
  hosts: readonly HostWithKey[],
  configFile: string | undefined,
): Promise<HostName[]> {
  const resolver = createHostResolver(configFile);
  const store = createKnownHostsStore();
  const added: HostName[] = [];
  for (const { target, publicKey } of hosts) {
    const settings = await resolver.resolve(target);
    const names = namesOf(target, settings);
    const key = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
    const verdict = (await store.load(settings)).judge(names, key);
    if (verdict.kind === "trusted") continue;
    if (verdict.kind !== "unknown") {
      const { message, hint } = explainVerdict(verdict, key, names);
      throw new OperatorError(`${target.name}: ${message}`, {
        code: "HOST_KEY_CHANGED",
        ...(hint === undefined ? {} : { hint }),
      });
    }
    for (const name of names) await store.remember(settings, name, key);
    added.push(target.name);
  }
  return added;
}
