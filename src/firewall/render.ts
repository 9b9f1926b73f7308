import ipaddr from "ipaddr.js";
import type { HostRules, Rule, Sources } from "./model.ts";

/** IANA's numbers of protocols: nft looks names up in /etc/protocols, which a small host has not (package netbase). */
const NUMBERS = { icmp: 1, icmp6: 58, tcp: 6, udp: 17 } as const;

/**
 * The rules of a host as a file for `nft -f` (nft(8)): one transaction that puts a whole table in place of the one before, so
 * there is no moment without rules and none with half of them. No other table is touched.
 */
export function renderRules({ host, isolated, carriesVms, rules }: HostRules): string {
  const chain = [
    "type filter hook input priority filter; policy drop;",
    'iifname "lo" accept',
    "ct state established,related accept",
    ...sourceMatches(isolated).map(match => `${match}drop # compute servers`),
    `meta l4proto { ${NUMBERS.icmp}, ${NUMBERS.icmp6} } accept # ICMP`,
    "udp sport 67 udp dport 68 accept # addresses by DHCP",
    "udp sport 547 udp dport 546 accept",
    ...(carriesVms
      ? ['iifname "virbr*" udp dport { 53, 67 } accept # VMs', 'iifname "virbr*" tcp dport 53 accept']
      : []),
    ...rules.flatMap(renderRule),
  ];
  return [
    `# The rules of ${host}, written by smc: change the services file and run smc firewall apply.`,
    "table inet smc {}",
    "delete table inet smc",
    "table inet smc {",
    "  chain input {",
    ...chain.map(line => `    ${line}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

function renderRule({ from, protocol, ports, why }: Rule): string[] {
  const port =
    ports.length === 0
      ? `meta l4proto ${NUMBERS[protocol]}`
      : `${protocol} dport ${setOf(ports.map(String))}`;
  return sourceMatches(from).map(match => `${match}${port} accept # ${why.replaceAll("\n", " ")}`);
}

/** One match for each family of addresses; none of either is nobody. */
function sourceMatches(from: Sources): string[] {
  if (from === "anywhere") return [""];
  const [six, four] = [true, false].map(wanted =>
    from.filter(address => ipaddr.IPv6.isValid(address) === wanted),
  );
  return [
    ...(four === undefined || four.length === 0 ? [] : [`ip saddr ${setOf(four)} `]),
    ...(six === undefined || six.length === 0 ? [] : [`ip6 saddr ${setOf(six)} `]),
  ];
}

function setOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? "") : `{ ${[...new Set(values)].join(", ")} }`;
}
