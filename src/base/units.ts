import ms from "ms";

/** A length of time in milliseconds. */
export type Milliseconds = number;

/** A size in bytes. */
export type Bytes = number;

const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*(B|[KMGTP]i?B?)?$/i;
const SIZE_LETTERS = "BKMGTP";

/**
 * Reads a duration such as `10s`, `4m`, `1h` or `250ms`; a bare number is seconds.
 * Gives undefined for anything else, negative values included.
 */
export function parseDuration(text: string | number): Milliseconds | undefined {
  if (typeof text === "number") return Number.isFinite(text) && text >= 0 ? text * 1000 : undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^\d+(\.\d+)?\s*[a-z]+$/i.test(text)) return undefined;
  const value = ms(text as ms.StringValue);
  return Number.isFinite(value) ? value : undefined;
}

/** Writes a duration the short way: `850ms`, `12s`, `3m 4s`, `2h 10m`, `9d 4h`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration < 1000) return `${Math.round(duration)}ms`;
  const seconds = Math.round(duration / 1000);
  if (seconds < 60) return duration < 10_000 ? `${(duration / 1000).toFixed(1)}s` : `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
  return `${hours}h ${Math.floor((seconds % 3600) / 60)}m`;
}

/**
 * Reads a size such as `256GB`, `500MB`, `8GiB`, `1T`. A step is 1024 whatever the spelling, as the
 * tools that receive these sizes (the JVM, qemu-img, libvirt) count. Gives undefined for anything else.
 */
export function parseSize(text: string): Bytes | undefined {
  const match = SIZE_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const letter = (match[2] ?? "B").charAt(0).toUpperCase();
  return Math.round(Number(match[1]) * 1024 ** SIZE_LETTERS.indexOf(letter));
}

/** Writes a size with one unit, `64GB`, and at most one decimal. */
export function formatSize(size: Bytes): string {
  const power = size < 1 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), SIZE_LETTERS.length - 1);
  const value = size / 1024 ** power;
  const digits = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return power === 0 ? `${digits}B` : `${digits}${SIZE_LETTERS.charAt(power)}B`;
}
