import { expandRange, foldNames, splitPatterns } from "../base/host-ranges.ts";
import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { closest } from "../base/suggest.ts";
import type { Host } from "./model.ts";

/** What a selection looks at, so that the loader can select among hosts that are not complete yet. */
export type SelectableHost = Pick<Host, "name" | "kind" | "role" | "tags" | "dc">;

const GROUPS_OF_KIND = { "@all": undefined, "@machines": "machine", "@vms": "vm" } as const;

/**
 * Picks hosts by words: names, ranges `web[1-7,10-21]`, globs `web*`, groups `@role`, `@tag`, `@DATACENTRE`,
 * `@machines`, `@vms`, `@all`; a word with `!` before it takes hosts out, and commas separate as spaces do.
 * No word, or only `!` words, start from all hosts. The order is that of `hosts`.
 * Throws `SELECTION_UNKNOWN` for a word that matches nothing (a mistyped exclusion must not widen what is done) and
 * `SELECTION_EMPTY` when nothing is left.
 */
export function select<H extends SelectableHost>(
  hosts: ReadonlyMap<HostName, H>,
  words: readonly string[],
): readonly H[] {
  const patterns = words.flatMap(word => word.split(/\s+/)).flatMap(splitPatterns);
  const excluded = patterns.filter(pattern => pattern.startsWith("!"));
  const included = patterns.filter(pattern => !pattern.startsWith("!"));
  const chosen = new Set(
    included.length === 0 ? hosts.keys() : included.flatMap(word => matches(hosts, word)),
  );
  for (const word of excluded) for (const name of matches(hosts, word.slice(1))) chosen.delete(name);
  if (chosen.size === 0) throw emptySelection(hosts, patterns);
  return [...hosts.values()].filter(host => chosen.has(host.name));
}

function matches(hosts: ReadonlyMap<HostName, SelectableHost>, word: string): readonly HostName[] {
  if (word.startsWith("@")) return groupMembers(hosts, word);
  const names = expandRange(word).map(({ name }) => name);
  if (/[*?]/.test(word)) return globMatches(hosts, { word, globs: names });
  const unknown = names.filter(name => !hosts.has(name));
  if (unknown.length > 0) throw unknownName(hosts, unknown);
  return names;
}

function groupMembers(hosts: ReadonlyMap<HostName, SelectableHost>, word: string): readonly HostName[] {
  const all = [...hosts.values()];
  const kind = word in GROUPS_OF_KIND ? GROUPS_OF_KIND[word as keyof typeof GROUPS_OF_KIND] : "";
  const group = word.slice(1);
  const members = all.filter(host =>
    kind === "" ? groupsOf(host).includes(group) : kind === undefined || host.kind === kind,
  );
  if (members.length === 0) throw unknownGroup(all, word);
  return members.map(({ name }) => name);
}

function groupsOf({ role, dc, tags }: SelectableHost): readonly string[] {
  return [role, dc, ...tags].filter(group => group !== undefined);
}

function globMatches(
  hosts: ReadonlyMap<HostName, SelectableHost>,
  { word, globs }: { word: string; globs: readonly string[] },
): readonly HostName[] {
  const expression = new RegExp(`^(?:${globs.map(globSource).join("|")})$`);
  const found = [...hosts.keys()].filter(name => expression.test(name));
  if (found.length === 0) throw unknown(`no host matches "${word}"`, listHosts(hosts));
  return found;
}

function globSource(glob: string): string {
  return glob
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}

function unknownName(hosts: ReadonlyMap<HostName, SelectableHost>, names: readonly string[]): OperatorError {
  const [first = ""] = names;
  const suggestion = closest(first, hosts.keys());
  const message =
    names.length === 1 ? `there is no host "${first}"` : `there are no hosts ${foldNames(names)}`;
  const group = [...hosts.values()].some(host => groupsOf(host).includes(first)) ? `@${first}` : undefined;
  const better = group ?? suggestion;
  return unknown(message, better === undefined ? listHosts(hosts) : `did you mean ${better}?`);
}

function unknownGroup(hosts: readonly SelectableHost[], word: string): OperatorError {
  const groups = [
    ...new Set([...Object.keys(GROUPS_OF_KIND), ...hosts.flatMap(groupsOf).map(name => `@${name}`)]),
  ];
  const suggestion = closest(word, groups);
  const hint = suggestion === undefined ? `groups here: ${groups.join(" ")}` : `did you mean ${suggestion}?`;
  return unknown(`no host has the role or tag "${word.slice(1)}"`, hint);
}

function listHosts(hosts: ReadonlyMap<HostName, SelectableHost>): string {
  return hosts.size === 0 ? "there are no hosts here" : `hosts here: ${foldNames(hosts.keys())}`;
}

function unknown(message: string, hint: string): OperatorError {
  return new OperatorError(message, { code: "SELECTION_UNKNOWN", hint });
}

function emptySelection(
  hosts: ReadonlyMap<HostName, SelectableHost>,
  words: readonly string[],
): OperatorError {
  return new OperatorError(`the selection "${words.join(" ")}" leaves no host`, {
    code: "SELECTION_EMPTY",
    hint: listHosts(hosts),
  });
}
