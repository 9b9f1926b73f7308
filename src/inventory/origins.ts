import type { BuiltDeployment } from "./build/deployment.ts";
import type { Problem } from "./model.ts";
import type { Position, Problems } from "./problems.ts";
import { isNull, toPlain, type Value } from "./source/value.ts";

/** One value of the inventory as the file has it, and where. */
export interface Origin extends Position {
  /** `["hosts", "web3", "ram"]`, `["services", "hub", "web3", "instances"]` */
  path: readonly string[];
  value: unknown;
}

/** Knows which line gave each value. */
export class Origins {
  readonly #built: readonly BuiltDeployment[];
  readonly #problems: Problems;

  constructor(built: readonly BuiltDeployment[], problems: Problems) {
    this.#built = built;
    this.#problems = problems;
  }

  /** Every value that the file gives to a deployment; what it leaves to smc has no line. */
  of(deployment: string): readonly Origin[] {
    const found = this.#built.find(built => built.deployment.name === deployment);
    if (found === undefined) return [];
    const origins: Origin[] = [];
    const collect = (path: readonly string[], value: Value) => this.#collect(origins, path, value);
    collect([], found.source);
    for (const source of found.portSources) collect(["ports"], source);
    for (const [name, host] of found.hostSources) collect(["hosts", name], host.source.value);
    for (const [name, service] of found.services) {
      for (const [key, { value }] of service.source.entries)
        if (key !== "hosts") collect(["services", name, key], value);
      for (const [host, source] of service.hostSources) {
        if (source !== service.source)
          this.#overrides(origins, {
            path: ["services", name, "hosts", host],
            source,
            below: service.source,
          });
      }
    }
    return lastOfEach(origins);
  }

  /** What is wrong with a service of a deployment, at its entry; undefined where the file has none. */
  problemOf(
    place: { deployment: string; service: string },
    words: Pick<Problem, "message" | "suggestion">,
  ): Problem | undefined {
    const { deployment } = place;
    const built = this.#built.find(candidate => candidate.deployment.name === deployment);
    const source = built?.services.get(place.service)?.source;
    return source && this.#problems.describe({ at: source.at, deployment, ...words });
  }

  /** Only what differs from the group. */
  #overrides(
    origins: Origin[],
    { path, source, below }: { path: string[]; source: Value; below: Value },
  ): void {
    if (source.kind !== "map" || below.kind !== "map") return;
    for (const [key, { value }] of source.entries) {
      if (below.entries.get(key)?.value !== value && key !== "hosts")
        this.#collect(origins, [...path, key], value);
    }
  }

  #collect(origins: Origin[], path: readonly string[], value: Value): void {
    if (value.kind === "map") {
      for (const [key, entry] of value.entries) this.#collect(origins, [...path, key], entry.value);
    } else if (!isNull(value)) {
      origins.push({ path, value: toPlain(value), ...this.#problems.position(value.at) });
    }
  }
}

/** A port that two levels give has the line of the higher one. */
function lastOfEach(origins: readonly Origin[]): readonly Origin[] {
  return [...new Map(origins.map(origin => [origin.path.join("\0"), origin])).values()];
}
