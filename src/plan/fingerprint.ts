import { createHash } from "node:crypto";

/**
 * A hash of plain data that does not depend on the order of keys: 16 hex digits. Two values that JSON writes
 * the same, apart from that order, have the same fingerprint.
 */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}

/** JSON with the keys of every object in order, as a reader of JSON would see the value (RFC 8785 without its number rules). */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isObject(part) ? inKeyOrder(part) : part)) ?? "null";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inKeyOrder(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map(key => [key, object[key]]),
  );
}
