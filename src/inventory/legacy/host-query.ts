import { closest } from "../../base/suggest.ts";
import type { Problems } from "../problems.ts";
import type { LegacyHost } from "./model.ts";

/** Hosts by every word that the old files had for them. */
export class HostQueries {
  readonly #hosts: readonly LegacyHost[];
  readonly #byWord = new Map<string, LegacyHost[]>();
  readonly #problems: Problems;

  constructor(hosts: readonly LegacyHost[], problems: Problems) {
    this.#hosts = hosts;
    this.#problems = problems;
    for (const host of hosts) for (const word of wordsOf(host)) this.#add(word, host);
  }

  /**
   * The hosts of a query: a name, tag or address, `all`, or one of these with a slice such as `kvm-host[:4]`, which counts
   * addresses in the order of their text, as the old parser did. One that names no host is a problem.
   */
  find(query: string, at: number): readonly LegacyHost[] {
    const [, word = query, slice] = /^([^[]+)\[(.*)\]$/.exec(query) ?? [];
    const hosts = word === "all" ? this.#hosts : this.#byWord.get(word);
    if (hosts === undefined) {
      const near = closest(word, this.#byWord.keys());
      const suggestion = near === undefined ? "add it to the hosts file" : `did you mean ${near}?`;
      this.#problems.add({ at, message: `the hosts file has no "${word}"`, suggestion });
      return [];
    }
    return slice === undefined ? hosts : this.#slice(hosts, { slice, at });
  }

  /** The host of a word that is nobody else's, without a problem. */
  one(word: string): LegacyHost | undefined {
    const hosts = this.#byWord.get(word) ?? [];
    return hosts.length === 1 ? hosts[0] : undefined;
  }

  #slice(hosts: readonly LegacyHost[], { slice, at }: { slice: string; at: number }): readonly LegacyHost[] {
    const sorted = hosts.toSorted((a, b) => (a.address < b.address ? -1 : 1));
    const [, from = "", colon = "", to = ""] = /^(-?\d*)(:?)(-?\d*)$/.exec(slice) ?? [];
    if (colon === "" && from !== "") {
      const host = sorted.at(Number(from));
      return host === undefined ? [] : [host];
    }
    if (colon !== "") return sorted.slice(from === "" ? 0 : Number(from), to === "" ? undefined : Number(to));
    this.#problems.add({ at, message: `"[${slice}]" is no part of a list`, suggestion: "such as [:4]" });
    return [];
  }

  #add(word: string, host: LegacyHost): void {
    const known = this.#byWord.get(word);
    if (known === undefined) this.#byWord.set(word, [host]);
    else if (!known.includes(host)) known.push(host);
  }
}

function wordsOf({ name, address, tags }: LegacyHost): readonly string[] {
  return [address, name, ...tags];
}
