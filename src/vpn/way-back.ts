import ipaddr from "ipaddr.js";
import { shellWithDaemons } from "../base/shell.ts";
import type { Host } from "../inventory/model.ts";
import { prefixLength, type VpnNetwork } from "./network.ts";

/** Where smc comes from, as a host sees it, and the lengths of the prefixes of its routes that lead there; that of the default is 0. */
export interface WayBack {
  from: string;
  prefixes: readonly number[];
}

/** The command whose output `parseWayBack` reads. It must run without sudo, which would hide the connection. */
export const WAY_BACK_COMMAND = shellWithDaemons(
  'set -- $SSH_CONNECTION; [ $# -gt 0 ] || exit 0; echo "$1"; ip -4 route show match "$1"',
  [],
);

/** Reads the address and the lines of `ip route show match` (ip-route(8)); undefined where there is no ssh, or not over IPv4. */
export function parseWayBack(output: string): WayBack | undefined {
  const [first = "", ...routes] = output.trim().split("\n");
  const from = first.replace(/^::ffff:/, "");
  if (!ipaddr.IPv4.isValidFourPartDecimal(from)) return undefined;
  return { from, prefixes: routes.map(prefixOf) };
}

/**
 * What is wrong with a join in words, where the route of the VPN would take the answers to smc away: smc comes from inside of the
 * range of the VPN without being in it, and no narrower route leads there. Undefined where nothing is wrong.
 */
export function losesWayBack(
  { settings, hosts }: VpnNetwork,
  { name, address }: Host,
  way: WayBack | undefined,
): string | undefined {
  if (way === undefined || hosts.some(host => host.address === way.from)) return undefined;
  const length = prefixLength(settings.netmask);
  const inside = ipaddr.IPv4.parse(way.from).match(ipaddr.IPv4.parse(address), length);
  if (!inside || way.prefixes.some(prefix => prefix >= length)) return undefined;
  return `${name}: smc comes from ${way.from}, and the VPN would take ${address}/${length} for itself`;
}

function prefixOf(route: string): number {
  const [target = ""] = route.split(" ");
  if (target === "default") return 0;
  return Number(target.split("/")[1] ?? 32);
}
