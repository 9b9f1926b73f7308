import { foldNames } from "../../base/host-ranges.ts";
import type { Place } from "./places.ts";
import type { SeenPlace } from "./scripts.ts";

/** A version by its name and the SHA-256 of the archive that it is. */
export interface Version {
  version: string;
  sha256: string;
}

/** A place that goes to another version. */
export interface PlaceChange {
  place: Place;
  /** What it runs now. */
  from: Version;
  to: Version;
  direction: "forward" | "back";
  /** Whether its programs surely run that: not where a release was begun, and nobody knows how far it came. */
  settled: boolean;
  /** What it could go back to before this: so again when the change is taken back. */
  previous: string | undefined;
}

/** What is to be done, and all that speaks against it. */
export interface Decision {
  changes: readonly PlaceChange[];
  /** Places that are so already. */
  unchanged: readonly Place[];
  problems: readonly string[];
}

/** A place with what was seen of it. */
export type Sight = { place: Place } & ({ seen: SeenPlace } | { why: string });

/** Who goes to a version: all places but those where a release of this very content has come to its end. */
export function decideForward(sights: readonly Sight[], to: Version): Decision {
  return decide(sights, (place, seen) => {
    const { current, previous, note, archives } = seen;
    const there = archives.get(to.version);
    const from = versionBefore(seen, to);
    const sha256 = from === undefined ? undefined : archives.get(from);
    if (from === undefined || sha256 === undefined)
      return `${place.id} has no version yet: smc start ${place.service}`;
    if (there !== undefined && there !== to.sha256)
      return `${place.id} has another ${to.version}, of other content: give the new one another version`;
    if (current === to.version && note?.version === to.version && note.state === "done") return undefined;
    return {
      place,
      from: { version: from, sha256 },
      to,
      settled: from === current && (note === undefined || note.state === "done"),
      direction: "forward",
      previous: behind(previous, from),
    };
  });
}

/**
 * Who goes back: the places of the version that was released last, to the one before it. Every place must be at one of these two, as it is
 * when a release went through or ended half way. One whose way back was begun and not ended goes it again: nobody knows what its programs
 * were started with.
 */
export function decideBack(sights: readonly Sight[]): Decision {
  const ways = new Map<string, Way>();
  for (const sight of sights) {
    const way = "seen" in sight ? wayBack(sight.seen) : undefined;
    if (way !== undefined) ways.set(`${way.from} ${way.to}`, way);
  }
  const fitting = [...ways.values()].filter(way =>
    sights.every(sight => !("seen" in sight) || fits(sight.seen, way)),
  );
  const [way] = fitting;
  if (way === undefined || fitting.length > 1) return { changes: [], unchanged: [], problems: noWay(sights) };
  return decide(sights, (place, { current, note, archives }) => {
    if (current === way.to && (note === undefined || note.state === "done")) return undefined;
    const [from, to] = [way.from, way.to].map(version => ({ version, sha256: archives.get(version) ?? "" }));
    if (from === undefined || to === undefined || to.sha256 === "")
      return `${place.id} has no ${way.to} any more`;
    return { place, from, to, settled: false, direction: "back", previous: undefined };
  });
}

function decide(
  sights: readonly Sight[],
  judge: (place: Place, seen: SeenPlace) => PlaceChange | string | undefined,
): Decision {
  const changes: PlaceChange[] = [];
  const unchanged: Place[] = [];
  const problems: string[] = [];
  for (const sight of sights) {
    const { place } = sight;
    const judged = "seen" in sight ? judge(place, sight.seen) : `${place.id}: ${sight.why}`;
    if (judged === undefined) unchanged.push(place);
    else if (typeof judged === "string") problems.push(judged);
    else changes.push(judged);
  }
  return { changes, unchanged, problems };
}

/** What a place was that is to go to a version: never one whose release was begun and not seen well, when there was one before it. */
function versionBefore({ current, previous, note }: SeenPlace, to: Version): string | undefined {
  const isBegun = note?.state === "begun" && note.version === current;
  return current === to.version || isBegun ? (previous ?? current) : current;
}

/** The version before, unless it is the one that the place goes from: then there was none. */
function behind(previous: string | undefined, from: string): string | undefined {
  return previous === from ? undefined : previous;
}

interface Way {
  from: string;
  to: string;
}

/** Where a place would go back to: what it is by now, when it is on that way already. */
function wayBack({ current, previous, note }: SeenPlace): Way | undefined {
  const to = note?.state === "back" ? current : previous;
  return current === undefined || to === undefined ? undefined : { from: current, to };
}

function fits(seen: SeenPlace, way: Way): boolean {
  const own = wayBack(seen);
  return seen.current === way.to || (own?.from === way.from && own.to === way.to);
}

function noWay(sights: readonly Sight[]): string[] {
  const unseen = sights.flatMap(sight => ("why" in sight ? [`${sight.place.id}: ${sight.why}`] : []));
  if (unseen.length > 0) return unseen;
  const states = Map.groupBy(sights, sight => ("seen" in sight ? describeSeen(sight.seen) : ""));
  return [...states].map(
    ([state, group]) => `${foldNames(group.map(({ place }) => place.lead.host.name))}: ${state}`,
  );
}

function describeSeen({ current, previous }: SeenPlace): string {
  return `runs ${current ?? "no version of smc"}, ${previous === undefined ? "and was not released" : `before that ${previous}`}`;
}
