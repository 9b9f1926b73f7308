import { NotReadable } from "./failure.ts";
import { exactFloat, formatNumber, shortFloat } from "./numbers.ts";
import { kindOf, plainText, reference, type PythonValue } from "./value.ts";

const CONVERSION = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?[hlL]?(.)?/gs;
/** Wider columns than this are a slip. */
const MAX_WIDTH = 1000;

/** What `str()` makes of a value in Python 2. */
export function toText(value: PythonValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return shortFloat(value);
  if (typeof value === "object" && value !== null && value.kind === "json") return reference(value);
  return toSource(value);
}

/** What `repr()` makes of a value in Python 2. */
export function toSource(value: PythonValue): string {
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  if (typeof value === "number") return Number.isFinite(value) ? exactFloat(value) : infinite(value);
  if (typeof value === "bigint") return String(value);
  if (value.kind === "json") return `'${reference(value)}'`;
  if (value.kind === "dictionary") {
    const entries = [...value.entries].map(([key, below]) => `'${key}': ${toSource(below)}`);
    return `{${entries.join(", ")}}`;
  }
  const items = value.items.map(toSource).join(", ");
  if (value.kind === "list") return `[${items}]`;
  return value.items.length === 1 ? `(${items},)` : `(${items})`;
}

/** `'/%s/port/%s' % (project, 8400)`. Throws `NotReadable` where values and places do not match. */
export function formatText(pattern: string, value: PythonValue, at: number): string {
  const isTuple = typeof value === "object" && value !== null && value.kind === "tuple";
  const values = isTuple ? value.items : [value];
  let used = 0;
  const text = pattern.replaceAll(CONVERSION, (...found: string[]) => {
    const [, key, flags = "", width = "", digits, type = ""] = found;
    if (type === "%") return "%";
    const next = key === undefined ? values[used++] : entryOf(value, key, at);
    if (next === undefined) throw new NotReadable("% has more places than values", at);
    const precision = digits === undefined ? undefined : Number(digits);
    return convert(next, { type, flags, width: Number(width), precision, at });
  });
  const mayBeLeft = typeof value === "object" && value !== null && !isTuple;
  if (used < values.length && !mayBeLeft) throw new NotReadable("% has more values than places", at);
  return text;
}

function infinite(number: number): string {
  if (Number.isNaN(number)) return "nan";
  return number < 0 ? "-inf" : "inf";
}

function entryOf(value: PythonValue, key: string, at: number): PythonValue | undefined {
  const isMapping = typeof value === "object" && value !== null && value.kind === "dictionary";
  if (!isMapping) throw new NotReadable(`%(${key}) needs a dictionary, not ${kindOf(value)}`, at);
  return value.entries.get(key);
}

/** One place of a pattern: `%05d` has the flag `0`, the width 5 and the type `d`. */
interface Place {
  type: string;
  flags: string;
  width: number;
  precision: number | undefined;
  at: number;
}

function convert(value: PythonValue, place: Place): string {
  const { type, flags, width, precision, at } = place;
  if (width > MAX_WIDTH || (precision ?? 0) > MAX_WIDTH)
    throw new NotReadable("a width like this is too much", at);
  if (type === "s" || type === "r" || type === "c") {
    const text = type === "c" ? character(value, at) : type === "r" ? toSource(value) : toText(value);
    const cut = text.slice(0, precision);
    return flags.includes("-") ? cut.padEnd(width) : cut.padStart(width);
  }
  return pad(convertNumber(value, place), place);
}

function character(value: PythonValue, at: number): string {
  if (typeof value === "string" && Array.from(value).length === 1) return value;
  if (typeof value === "bigint" && value >= 0n && value < 256n) return String.fromCharCode(Number(value));
  throw new NotReadable("%c needs one letter", at);
}

function convertNumber(value: PythonValue, { type, flags, precision, at }: Place): string {
  const number = typeof value === "boolean" ? BigInt(value) : value;
  if ((typeof number !== "bigint" && typeof number !== "number") || !Number.isFinite(Number(number)))
    throw new NotReadable(`%${plainText(type)} needs a number, not ${kindOf(value)}`, at);
  const integer = () => (typeof number === "bigint" ? number : BigInt(Math.trunc(number)));
  const prefix = (text: string) => (flags.includes("#") ? text : "");
  switch (type) {
    case "d":
    case "i":
    case "u":
      return wholeText(integer(), { radix: 10, precision, prefix: "" });
    case "x":
      return wholeText(integer(), { radix: 16, precision, prefix: prefix("0x") });
    case "X":
      return wholeText(integer(), { radix: 16, precision, prefix: prefix("0x") }).toUpperCase();
    case "o":
      return wholeText(integer(), { radix: 8, precision, prefix: prefix("0") });
    case "e":
    case "f":
    case "g":
      return formatNumber(Number(number), { notation: type, digits: precision ?? 6 });
    default:
      throw new NotReadable(`%${plainText(type)} is not a place for a value`, at);
  }
}

interface WholeStyle {
  radix: number;
  precision: number | undefined;
  prefix: string;
}

function wholeText(number: bigint, { radix, precision, prefix }: WholeStyle): string {
  const digits = (number < 0n ? -number : number).toString(radix).padStart(precision ?? 0, "0");
  return `${number < 0n ? "-" : ""}${prefix}${digits}`;
}

function pad(text: string, { flags, width }: Place): string {
  const plus = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const signed = text.startsWith("-") ? text : plus + text;
  if (flags.includes("-")) return signed.padEnd(width);
  if (!flags.includes("0")) return signed.padStart(width);
  const [, sign = "", rest = ""] = /^([-+ ]?)(.*)$/s.exec(signed) ?? [];
  return sign + rest.padStart(width - sign.length, "0");
}
