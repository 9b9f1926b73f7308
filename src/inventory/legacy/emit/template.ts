import ipaddr from "ipaddr.js";
import { isPlainMap, type Plain } from "../plain.ts";

/** A text in parts: a number stands for the digits in a name, counted from 0: `10.1.`, 0, `.2`. */
export type TextTemplate = readonly (string | number)[];

/** Which numbers of a name can be in which values: addresses and machines follow the name, sizes do not. */
const FOLLOWING_KEYS = new Set(["vpn", "public", "at"]);

/** The digits of a name, in order: `["1", "2"]` of `cassandra1dc2`. */
function digitsOf(name: string): readonly string[] {
  return name.match(/\d+/g) ?? [];
}

/** Everything that a value of a host can be written as, the plain text first. */
export function templatesOf(key: string, value: Plain, name: string): readonly TextTemplate[] {
  if (typeof value !== "string" || !FOLLOWING_KEYS.has(key)) return [];
  const digits = digitsOf(name);
  // The loader takes the zeros of `cloud07` out of an address.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(value);
  let found: TextTemplate[] = [[]];
  for (const part of value.split(/(\d+)/).filter(text => text !== "")) {
    const captures = digits.flatMap((run, index) => (stands(run, part, isAddress) ? [index] : []));
    found = found.flatMap(parts => [part, ...captures].map(choice => [...parts, choice]));
  }
  return found.toSorted((a, b) => captureCount(a) - captureCount(b));
}

function stands(run: string, part: string, isAddress: boolean): boolean {
  return run === part || (isAddress && /^\d+$/.test(part) && Number(run) === Number(part));
}

function captureCount(template: TextTemplate): number {
  return template.filter(part => typeof part === "number").length;
}

/** A name or a range of names as text that follows the name: the numbers of `web1` or `web[1-7]` are captured. */
export function templateOfName(pattern: string): TextTemplate {
  let number = 0;
  return pattern
    .split(/(\[[^\]]*\]|\d+)/)
    .filter(part => part !== "")
    .map(part => (/^[[\d]/.test(part) ? number++ : part));
}

/** The text for a pattern such as `cloud[1-7]`: brackets are captured, digits that are the same in all names are written. */
export function fillTemplate(template: TextTemplate, pattern: string): string {
  const runs = pattern.match(/\[[^\]]*\]|\d+/g) ?? [];
  const brackets = runs.map(run => run.startsWith("["));
  const total = brackets.filter(Boolean).length;
  return template
    .map(part => {
      if (typeof part === "string") return part;
      if (brackets[part] !== true) return runs[part] ?? "";
      const number = brackets.slice(0, part + 1).filter(Boolean).length;
      return total === 1 ? "{n}" : `{${number}}`;
    })
    .join("");
}

/** Whether a value can be refined key by key without leaving something of the other behind. */
export function mergesCleanly(values: readonly Plain[]): boolean {
  const maps = values.filter(isPlainMap);
  if (maps.length === 0) return true;
  const keys = JSON.stringify(Object.keys(maps[0] ?? {}).sort());
  return (
    maps.length === values.length &&
    maps.every(map => JSON.stringify(Object.keys(map).sort()) === keys) &&
    maps.every(map => Object.values(map).every(below => !isPlainMap(below)))
  );
}
