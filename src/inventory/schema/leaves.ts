import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { parseDuration, parseSize } from "../../base/units.ts";

/** A length of time, `10s`, `4m`, or a number of seconds; read into milliseconds. */
export const duration = v.pipe(
  v.union([v.string(), v.number()], "a duration is written 250ms, 10s, 4m or 1h"),
  v.check(text => parseDuration(text) !== undefined, "a duration is written 250ms, 10s, 4m or 1h"),
  v.transform(text => parseDuration(text) ?? 0),
);

/** What a size is, for those who wrote none. */
export const SIZE = "a size is a number and a unit: 500MB, 64GB, 2TB";
/** What receives sizes, the JVM and libvirt, counts in whole mebibytes: less would be 0 there. */
const LEAST_SIZE = 1024 ** 2;

/** A size, `64GB`, `500MB`; read into bytes. A number without its unit is refused: whoever writes 384 means no bytes. */
export const size = v.pipe(
  v.string(SIZE),
  v.check(isSize, SIZE),
  v.check(text => !isSize(text) || (parseSize(text) ?? 0) >= LEAST_SIZE, "a size is 1MB or more"),
  v.transform(text => parseSize(text) ?? 0),
);

/** A TCP port. */
export const port = v.pipe(
  v.number("a port is a number from 1 to 65535"),
  v.integer("a port is a number from 1 to 65535"),
  v.minValue(1, "a port is a number from 1 to 65535"),
  v.maxValue(65_535, "a port is a number from 1 to 65535"),
);

/** A whole number from 1. */
export const count = v.pipe(
  v.number("a whole number from 1 is expected"),
  v.integer("a whole number from 1 is expected"),
  v.minValue(1, "a whole number from 1 is expected"),
);

/** The bits of an IPv4 address that name its network. */
export const prefixLength = v.pipe(
  v.number("a prefix length is a number from 1 to 32"),
  v.integer("a prefix length is a number from 1 to 32"),
  v.minValue(1, "a prefix length is a number from 1 to 32"),
  v.maxValue(32, "a prefix length is a number from 1 to 32"),
);

/** How much of a machine may be promised: 1.5 is half as much again. */
export const ratio = v.pipe(
  v.number("a factor such as 1.5 is expected"),
  v.gtValue(0, "a factor above 0 is expected"),
);

/** Text that says something. */
export const text = v.pipe(v.string(), v.nonEmpty("a text that is not empty is expected"));

/** Which hosts: one word or several, as on the command line. */
export const selection = v.union(
  [text, v.array(text)],
  'hosts are written as a name, "@role", "web[1-7]", or a list of these',
);

/** An IP address, or a name that the network knows; a number from a zero-padded range (`10.1.07.2`) loses its zeros. */
export const address = v.pipe(
  v.string("an address is written 10.1.2.3"),
  v.transform(withoutZeros),
  v.check(value => isAddress(value) || isNetworkName(value), "an address is written 10.1.2.3"),
);

/** What a machine, VM or deployment may be called: it becomes part of paths, units and domains. */
export const name = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    "a name is at most 63 letters, digits, dots and hyphens",
  ),
);

/** An account on a host. */
export const account = v.pipe(
  v.string(),
  v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, "an account is written in small letters, salvus"),
);

function isSize(value: string): boolean {
  return /[a-z]\s*$/i.test(value) && parseSize(value) !== undefined;
}

function isAddress(value: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value);
}

/** Not `10.1.2.x`, which is a slip. */
function isNetworkName(value: string): boolean {
  return (
    value.length <= 253 && /^(?!\d+\.)(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value)
  );
}

function withoutZeros(value: string): string {
  return /^[\d.]+$/.test(value) ? value.replace(/(^|\.)0+(?=\d)/g, "$1") : value;
}
