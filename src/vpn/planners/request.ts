import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Host } from "../../inventory/model.ts";
import type { HostPlanRequest } from "../../plan/host-plan.ts";
import type { PublicKeys } from "../keys.ts";
import { dialled, known, nodeName, type VpnNetwork } from "../network.ts";
import { hostHead, tincConf, tincUp } from "../config.ts";
import { seenOf, type Seen } from "../observation.ts";
import { FOLDER } from "../places.ts";

/** What is asked of the VPN, with what was seen of it. */
export interface VpnRequest extends HostPlanRequest {
  network: VpnNetwork;
  seen: Seen;
  /** Of the members that there are before. */
  keys: PublicKeys;
  /** Members whose key is another than that by now: whoever knows nothing yet is told what they have when the step runs. */
  renewed?: ReadonlySet<HostName>;
  /** Overrides how long a step may take. */
  timeout: Milliseconds | undefined;
}

/** A command, a small file. */
export const QUICK: Milliseconds = 120_000;

/** A text file below the folder of the network on one host; `append` is a host whose new key follows. */
export interface WantedFile {
  path: string;
  content: string;
  append?: { host: HostName; path: string };
  mode: number;
}

/** The file that tells a member of `host`. Its key is written where it is known, else it is fetched when the step runs. */
export function hostFile(request: VpnRequest, host: Host, keyPath: string): WantedFile {
  const key = request.keys.get(host.name);
  const head = hostHead(host, request.network.port);
  const file = { path: `hosts/${nodeName(host.name)}`, mode: 0o644 };
  if (key !== undefined) return { ...file, content: head + key };
  return { ...file, content: head, append: { host: host.name, path: keyPath } };
}

/** Those that were seen were told of the new key already. */
function anew(request: VpnRequest, member: Host, { name }: Host): VpnRequest {
  if (request.renewed?.has(name) !== true || seenOf(request.seen, member.name) !== undefined) return request;
  return { ...request, keys: new Map([...request.keys].filter(([other]) => other !== name)) };
}

/** Every file that a member has, when these are the members. */
export function filesOf(request: VpnRequest, member: Host, members: readonly Host[]): WantedFile[] {
  const { network } = request;
  const { mesh } = network.settings;
  return [
    ...known(member, members, mesh).map(host =>
      hostFile(anew(request, member, host), host, `${FOLDER}/rsa_key.pub`),
    ),
    { path: "tinc-up", content: tincUp(member, network), mode: 0o755 },
    { path: "tinc.conf", content: tincConf(member, dialled(member, members, mesh)), mode: 0o644 },
  ];
}
