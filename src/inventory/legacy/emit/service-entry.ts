import { foldNames, splitPatterns } from "../../../base/host-ranges.ts";
import { compact, fingerprint, isPlainMap, mostCommon, type Plain, type PlainMap } from "../plain.ts";
import { asMapping, withVariable } from "./common-range.ts";
import { foldSettings } from "./fold-hosts.ts";
import { mergesCleanly } from "./template.ts";

/** A service as it is written. */
export interface ServiceDraft {
  /** Where it is, as `at:`. */
  at: string;
  /** Settings by host. */
  hosts: ReadonlyMap<string, PlainMap>;
  /** What only the whole service can say. */
  group: PlainMap;
}

/** The entry of a service: what most hosts have is said once, the others follow below `hosts:`. */
export function serviceEntry({ at, hosts, group }: ServiceDraft, common: string | undefined): PlainMap {
  if (hosts.size === 0) return { at, state: "absent" };
  const entries = [...hosts.values()];
  const keys = [...new Set(entries.flatMap(entry => Object.keys(entry)))];
  const shared = keys.flatMap((key): [string, Plain][] => {
    const values = entries.flatMap(entry => (entry[key] === undefined ? [] : [entry[key]]));
    if (values.length < entries.length) return [];
    const value = mostCommon(values);
    const same = new Set(values.map(fingerprint)).size === 1;
    return value !== undefined && (same || mergesCleanly(values)) ? [[key, value]] : [];
  });
  const all = Object.fromEntries(shared);
  const own = [...hosts].map(([name, entry]) => [name, without(entry, all)] as const);
  return compact({
    at: withVariable(at, common),
    ...foldLists(all, common),
    ...foldLists(group, common),
    hosts: asMapping(
      foldSettings(new Map(own)).map(({ pattern, value }) => ({ pattern, value: foldLists(value, common) })),
      undefined,
    ),
  });
}

function without(entry: PlainMap, shared: PlainMap): PlainMap {
  return Object.fromEntries(
    Object.entries(entry).filter(([key, value]) => {
      const below = shared[key];
      return below === undefined || fingerprint(below) !== fingerprint(value);
    }),
  );
}

/** Lists of hosts are written as ranges. */
function foldLists(entry: PlainMap, common: string | undefined): PlainMap {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, isHostList(key, value) ? fold(value, common) : value]),
  );
}

function isHostList(key: string, value: Plain): value is readonly string[] {
  return ["seeds", "database", "backends"].includes(key) && Array.isArray(value) && !isPlainMap(value);
}

function fold(names: readonly string[], common: string | undefined): readonly string[] {
  return splitPatterns(foldNames(names)).map(pattern => withVariable(pattern, common));
}
