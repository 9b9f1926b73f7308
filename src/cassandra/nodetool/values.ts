import { parseSize, type Bytes } from "../../base/units.ts";

/** Where nodetool says that a node is: `127.0.0.1`, `db1.example:7000`, `[2001:db8::1]:7000`, `db1/10.0.0.1`. */
export interface NodeAddress {
  /** An IPv4 or IPv6 address, or a host name when nodetool was asked for names. */
  host: string;
  /** The port between nodes; only with `-pp`, from 4.0 on. */
  port: number | undefined;
  /** The host name that Java prints before the address. */
  name: string | undefined;
}

/** For patterns: an integer as Java prints it. */
export const INTEGER = String.raw`(?:0|-?[1-9]\d*)`;
/** For patterns: an integer that a number of JavaScript holds exactly. */
export const COUNT = String.raw`(?:0|[1-9]\d{0,14})`;
export const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** For patterns: a size as FileUtils rounds it. */
export const SIZE = String.raw`${COUNT}(?:\.\d{1,2})? (?:bytes|[KMGT]i?B)`;

const ADDRESS_PATTERN =
  /^(?:(?<name>[\w.-]*)\/)?(?:\[(?<bracketed>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\](?=:)|(?<v6>[0-9A-Fa-f]*(?::[0-9A-Fa-f.]*){2,}(?:%[\w.-]+)?)|(?<plain>[\w.-]+))(?::(?<port>[1-9]\d{0,4}))?$/;

/** Reads an address in any form that nodetool prints. Gives undefined for anything else. */
export function parseNodeAddress(text: string): NodeAddress | undefined {
  const groups = ADDRESS_PATTERN.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { name, bracketed, v6, plain, port } = groups;
  const host = bracketed ?? v6 ?? plain;
  if (host === undefined || (v6 !== undefined && port !== undefined)) return undefined;
  return { host, port: port === undefined ? undefined : Number(port), name: name === "" ? undefined : name };
}

/** Reads a list as Java prints it, `[10.0.0.1, 10.0.0.2]`, without its brackets. Gives undefined if one is no address. */
export function parseAddressList(text: string): readonly NodeAddress[] | undefined {
  if (text === "") return [];
  const addresses = text.split(", ").map(parseNodeAddress);
  return addresses.every(address => address !== undefined) ? addresses : undefined;
}

/**
 * Reads a size that Cassandra rounded to two digits after the point, `107.63 KiB`; a step is 1024 in `KB` (to 2.2) and
 * `KiB` alike. Gives undefined for `?`, which stands for a load that gossip has not told yet.
 */
export function parseRoundedSize(text: string): Bytes | undefined {
  return parseSize(text.replace(/ bytes$/, " B"));
}
