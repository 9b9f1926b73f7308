import { createHash, type Hash } from "node:crypto";

/**
 * A hash of plain data that does not depend on the order of keys: 16 hex digits. Two values that JSON writes
 * the same, apart from that order, have the same fingerprint.
 */
export function fingerprint(value: unknown): string {
  const hash = createHash("sha256");
  if (Array.isArray(value)) hashList(value, hash);
  else hash.update(canonicalJson(value));
  return hash.digest("hex").slice(0, 16);
}

/** Item by item: as one text, what is rendered for a site of some thousand hosts is longer than a string can be. */
function hashList(items: readonly unknown[], hash: Hash): void {
  items.forEach((item, index) => hash.update(`${index === 0 ? "[" : ","}${canonicalJson(item)}`));
  hash.update(items.length === 0 ? "[]" : "]");
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
