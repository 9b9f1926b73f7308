import type { HostName } from "../base/names.ts";
import type { PublicKeys } from "./keys.ts";
import { isMember, keyFingerprint, keyIn, ownKey, seenOf } from "./observation.ts";
import { nodeName } from "./network.ts";
import { filesOf, type VpnRequest } from "./planners/request.ts";

/** What a host is in the VPN. */
export interface VpnState {
  host: HostName;
  address: string;
  /** `outside`: it did not join, `unknown`: it did not answer. */
  state: "running" | "stopped" | "outside" | "unknown";
  version: string | undefined;
  /** Of its public key, in a few letters. */
  key: string | undefined;
  /** What is not as it should be, in words. */
  findings: readonly string[];
}

/** The state of every host of the network, judged by what the services file and the other members say. */
export function vpnStates(request: VpnRequest, kept: PublicKeys): VpnState[] {
  const members = request.network.hosts.filter(({ name }) => request.keys.has(name));
  return request.network.hosts.map(host => {
    const found = request.seen.get(host.name);
    const key = request.keys.get(host.name);
    const base = {
      host: host.name,
      address: host.address,
      key: key === undefined ? undefined : keyFingerprint(key),
    };
    if (found === undefined || "why" in found)
      return { ...base, state: "unknown", version: undefined, findings: [found?.why ?? "not asked"] };
    const { version } = found;
    if (!isMember(found))
      return { ...base, state: "outside", version, findings: strangers(request, host.name) };
    const wanted = filesOf(request, host, members);
    const wrong = wanted.filter(({ path, content }) => found.files.get(path) !== content);
    const findings = [
      ...(found.enabled ? [] : ["does not start at boot"]),
      ...(wrong.length === 0 ? [] : [`differs: ${wrong.map(({ path }) => path).join(", ")}`]),
      ...(changedKey(kept.get(host.name), ownKey(found)) ? ["has another key than this machine kept"] : []),
    ];
    return { ...base, state: found.active ? "running" : "stopped", version, findings };
  });
}

function changedKey(kept: string | undefined, now: string | undefined): boolean {
  return kept !== undefined && now !== undefined && kept !== now;
}

/** Members that still let in a host that is no member. */
function strangers({ network, seen }: VpnRequest, name: HostName): string[] {
  const path = `hosts/${nodeName(name)}`;
  const letIn = network.hosts.filter(
    other => other.name !== name && keyIn(seenOf(seen, other.name)?.files.get(path)) !== undefined,
  );
  return letIn.length === 0 ? [] : [`has a key on ${letIn.map(other => other.name).join(", ")}`];
}
