import type { HostName } from "../base/names.ts";
import { shellWithDaemons } from "../base/shell.ts";
import type { Host, VpnSettings } from "../inventory/model.ts";
import { dialled, nodeName } from "./network.ts";
import { tincd, UNIT } from "./places.ts";

/** What one member says of its ways to the others. */
export interface Reach {
  /** Milliseconds by address; an address without an answer is missing. */
  answers: ReadonlyMap<string, number>;
  /** Of each node of tinc: the next one on the way, and whether packets go to it by themselves. */
  ways: ReadonlyMap<string, Way>;
}

interface Way {
  nextHop: string;
  /** The largest packet that was seen to arrive over UDP; 0: none was. */
  packet: number;
}

/**
 * Arguments: unit, addresses. The daemon writes what it knows of the others into its log when it gets SIGUSR2 (tincd(8)),
 * and changes nothing by that.
 */
const SCRIPT = `unit=$1; shift
for address do
  ( average=$(ping -n -q -c 3 -i 0.2 -W 1 "$address" 2>/dev/null | sed -n 's|^rtt [^=]*= [^/]*/\\([^/]*\\)/.*|\\1|p')
    echo "@ping $address \${average:--}" ) &
done
wait
cursor=$(journalctl -q -u "$unit" -n 1 --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p')
if ${tincd("-kUSR2").join(" ")} >/dev/null 2>&1; then
  for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    said=$(journalctl -q -o cat -u "$unit" --after-cursor="$cursor" 2>/dev/null)
    case $said in *"End of subnet list"*) break ;; esac
    sleep 0.1
  done
  printf '%s\\n' "$said" | sed -n 's/^ \\([A-Za-z0-9_]*\\) at .* nexthop \\([A-Za-z0-9_]*\\) via .* pmtu \\([0-9]*\\) (min \\([0-9]*\\) .*/@way \\1 \\2 \\4/p'
fi
echo @end`;

/** The command whose output `parseReach` reads; it needs root for what the daemon knows. */
export function reachCommand(addresses: readonly string[]): string[] {
  return shellWithDaemons(SCRIPT, [UNIT.name, ...addresses]);
}

/** Reads the answer of a member; undefined for anything that is not whole and of this form. */
export function parseReach(output: string): Reach | undefined {
  const lines = output.split("\n");
  if (lines.pop() !== "" || lines.pop() !== "@end") return undefined;
  const answers = new Map<string, number>();
  const ways = new Map<string, Way>();
  for (const line of lines) {
    const ping = /^@ping (\S+) (-|\d+(?:\.\d+)?)$/.exec(line);
    const way = /^@way (\w+) (\w+) (\d+)$/.exec(line);
    if (ping?.[1] !== undefined) {
      if (ping[2] !== "-") answers.set(ping[1], Number(ping[2]));
    } else if (way?.[1] !== undefined && way[2] !== undefined) {
      ways.set(way[1], { nextHop: way[2], packet: Number(way[3]) });
    } else return undefined;
  }
  return { answers, ways };
}

/** How one member gets to another. */
export interface Link {
  from: HostName;
  to: HostName;
  /** `relayed`: over a third, `by`; `unknown`: it answers, and the daemon does not say which way. */
  kind: "direct" | "relayed" | "silent" | "unknown";
  by?: HostName;
  /** Round trip in milliseconds. */
  latency?: number;
  /** One of them connects to the other by the services file, so a link of their own is to be expected. */
  expected: boolean;
}

/**
 * The ways of one member to all others. The next hop is that of tinc's control connections; packets go over a third only
 * where none was seen to arrive over UDP as well.
 */
export function linksOf(
  from: Host,
  reach: Reach,
  { members, mesh }: { members: readonly Host[]; mesh: VpnSettings["mesh"] },
): Link[] {
  const byNode = new Map(members.map(({ name }) => [nodeName(name), name]));
  return members
    .filter(({ name }) => name !== from.name)
    .map(to => {
      const expected = dials(from, to, { members, mesh }) || dials(to, from, { members, mesh });
      const link = { from: from.name, to: to.name, expected };
      const latency = reach.answers.get(to.address);
      if (latency === undefined) return { ...link, kind: "silent" };
      const way = reach.ways.get(nodeName(to.name));
      if (way === undefined) return { ...link, latency, kind: "unknown" };
      if (way.nextHop === nodeName(to.name) || way.packet > 0) return { ...link, latency, kind: "direct" };
      return { ...link, latency, kind: "relayed", by: byNode.get(way.nextHop) ?? way.nextHop };
    });
}

/** A link that is not as it should be: no answer, or over a third although a link of their own is expected. */
export function isBroken({ kind, expected }: Link): boolean {
  return kind === "silent" || (kind === "relayed" && expected);
}

function dials(
  from: Host,
  to: Host,
  { members, mesh }: { members: readonly Host[]; mesh: VpnSettings["mesh"] },
): boolean {
  return dialled(from, members, mesh).some(({ name }) => name === to.name);
}
