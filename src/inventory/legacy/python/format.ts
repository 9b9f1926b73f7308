import { NotReadable } from "./failure.ts";
import { kindOf, plainText, reference, type PythonValue } from "./value.ts";

const CONVERSION = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?[hlL]?(.)?/gs;
/** Wider columns than this are a slip. */
const MAX_WIDTH = 1000;

/** What `str()` makes of a value in Python 2. */
export function toText(value: PythonValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && value.kind === "json") return reference(value);
  return toSource(value);
}

/** What `repr()` makes of a value in Python 2. */
function toSource(value: PythonValue): string {
  if (typeof value === "string") return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
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
  const values = isTuple ? [...value.items] : [value];
  const given = values.length;
  let used = 0;
  const text = pattern.replaceAll(CONVERSION, (...found: string[]) => {
    const [, key, flags = "", width = "", digits = "", type = ""] = found;
    if (type === "%") return "%";
    const next = key === undefined ? values[used++] : entryOf(value, key, at);
    if (next === undefined) throw new NotReadable("% has more places than values", at);
    return pad(convert(next, { type, digits, at }), { flags, width: Number(width), at });
  });
  const isMapping = typeof value === "object" && value !== null && value.kind === "dictionary";
  if (used < given && !isMapping) throw new NotReadable("% has more values than places", at);
  return text;
}

function entryOf(value: PythonValue, key: string, at: number): PythonValue | undefined {
  const isMapping = typeof value === "object" && value !== null && value.kind === "dictionary";
  if (!isMapping) throw new NotReadable(`%(${key}) needs a dictionary, not ${kindOf(value)}`, at);
  return value.entries.get(key);
}

function convert(
  value: PythonValue,
  { type, digits, at }: { type: string; digits: string; at: number },
): string {
  if (type === "s") return digits === "" ? toText(value) : toText(value).slice(0, Number(digits));
  if (type === "r") return toSource(value);
  const number = typeof value === "boolean" ? BigInt(value) : value;
  if (typeof number !== "bigint" && typeof number !== "number")
    throw new NotReadable(`%${type} needs a number, not ${kindOf(value)}`, at);
  switch (type) {
    case "d":
    case "i":
    case "u":
      return String(typeof number === "bigint" ? number : Math.trunc(number));
    case "x":
      return BigInt(Math.trunc(Number(number))).toString(16);
    case "o":
      return BigInt(Math.trunc(Number(number))).toString(8);
    case "f":
      return Number(number).toFixed(Math.min(Number(digits === "" ? 6 : digits), 20));
    default:
      throw new NotReadable(`%${plainText(type)} is not a place for a value`, at);
  }
}

function pad(text: string, { flags, width, at }: { flags: string; width: number; at: number }): string {
  if (width > MAX_WIDTH) throw new NotReadable(`a width of ${width} is too much`, at);
  if (flags.includes("-")) return text.padEnd(width);
  const signed = flags.includes("+") && !text.startsWith("-") ? `+${text}` : text;
  if (!flags.includes("0")) return signed.padStart(width);
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/s.exec(signed) ?? [];
  return sign + rest.padStart(width - sign.length, "0");
}
