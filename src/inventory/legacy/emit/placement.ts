import { foldNames } from "../../../base/host-ranges.ts";
import { isPlainMap, type PlainMap } from "../plain.ts";
import { machineOf, type HostDrafts } from "../translate/hosts.ts";

/** Words that stand for other groups after an `@`. */
const RESERVED = ["all", "machines", "vms"];

/** Says which hosts a service is on, as an operator would: by a group that has just these hosts, else by names. */
export class Placement {
  readonly #groups = new Map<string, Set<string>>();

  constructor({ machines, vms }: HostDrafts) {
    for (const [name, entry] of [...machines, ...vms])
      for (const group of groupsOf(entry)) this.#add(group, name);
    for (const [name, entry] of vms) {
      const machine = machineOf(entry, machines);
      if (entry["dc"] === undefined && typeof machine?.["dc"] === "string") this.#add(machine["dc"], name);
    }
    this.#groups.set("machines", new Set(machines.keys()));
    this.#groups.set("vms", new Set(vms.keys()));
  }

  /** `queries` are the words of the old file: its own groups go first. */
  describe(hosts: readonly string[], queries: readonly string[]): string {
    const wanted = new Set(hosts);
    const [only, ...others] = wanted;
    if (only !== undefined && others.length === 0) return only;
    const groups = [...queries, ...this.#groups.keys()];
    const fitting = groups.find(group => isSame(this.#groups.get(group), wanted));
    return fitting === undefined ? foldNames(hosts) : `@${fitting}`;
  }

  #add(group: string, name: string): void {
    if (RESERVED.includes(group)) return;
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, new Set([name]));
    else members.add(name);
  }
}

function groupsOf(entry: PlainMap): readonly string[] {
  const { role, dc, tags } = entry;
  const list = Array.isArray(tags) && !isPlainMap(tags) ? tags : [];
  return [role, dc, ...list].filter(group => typeof group === "string");
}

function isSame(one: ReadonlySet<string> | undefined, other: ReadonlySet<string>): boolean {
  return one !== undefined && one.size === other.size && [...one].every(name => other.has(name));
}
