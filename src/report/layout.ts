import { foldNames } from "../base/host-ranges.ts";
import type { Milliseconds } from "../base/units.ts";
import { describeInHand, wholeSeconds } from "./describe.ts";
import { describeRest, estimateRest, type MeanDurations } from "./estimate.ts";
import type { KindProgress, RunProgress, StepProgress } from "./progress.ts";

/** A host that takes longer than this is named in a line of its own. */
const SLOW: Milliseconds = 10_000;

/** The rows of the display at one moment: what each kind shows, empty where it shows nothing, and the last line. */
export interface Layout {
  rows: ReadonlyMap<string, string>;
  total: string;
}

/**
 * Fits the progress of a run into so many lines of a terminal. In order of weight: the kinds under way or failed, their
 * failed and slow hosts, and the newest of the kinds that are done; those that have not begun are only counted.
 */
export function layOut(
  progress: RunProgress,
  { lines, now, earlier }: { lines: number; now: number; earlier?: MeanDurations },
): Layout {
  const kinds = [...progress.kinds.values()];
  const begun = kinds.filter(kind => kind.ended > 0 || kind.running.size > 0);
  const room = Math.max(1, lines - 1);
  const shown = [...begun].sort((one, other) => weight(other) - weight(one)).slice(0, room);
  // What failed and why is told in full by the summary that follows the last frame.
  const details = shareDetails(shown, progress.outcome === undefined ? room - shown.length : 0, now);
  const rows = new Map(kinds.map(({ kind }) => [kind, ""]));
  for (const kind of shown) {
    rows.set(kind.kind, [describeKind(kind, now), ...(details.get(kind) ?? [])].join("\n"));
  }
  const hidden = { toCome: kinds.length - begun.length, folded: begun.length - shown.length };
  const rest = describeRest(estimateRest(progress, now, earlier));
  return { rows, total: describeTotal(progress, { ...hidden, rest }, now) };
}

function weight(kind: KindProgress): number {
  return kind.running.size > 0 ? 2 : kind.failed.length > 0 ? 1 : 0;
}

/** Gives each kind one line in turn until none is left. */
function shareDetails(
  kinds: readonly KindProgress[],
  room: number,
  now: number,
): Map<KindProgress, string[]> {
  const wanted = kinds.map(kind => ({ kind, lines: describeDetails(kind, now) }));
  const shares = new Map(kinds.map(kind => [kind, 0]));
  let left = room;
  for (let share = 1; left > 0 && wanted.some(({ lines }) => lines.length >= share); share++) {
    for (const { kind, lines } of wanted) {
      if (lines.length < share || left === 0) continue;
      shares.set(kind, share);
      left -= 1;
    }
  }
  return new Map(wanted.map(({ kind, lines }) => [kind, cut(lines, shares.get(kind) ?? 0)]));
}

function cut(lines: readonly string[], count: number): string[] {
  if (lines.length <= count || count === 0) return lines.slice(0, count);
  return [...lines.slice(0, count - 1), `and ${lines.length - count + 1} more`];
}

/** `start cassandra 12/19, 1 failed, waiting: cassandra3 (47s: CQL port refused) and 2 more` */
function describeKind(kind: KindProgress, now: number): string {
  const failed = kind.failed.length === 0 ? "" : `, ${kind.failed.length} failed`;
  const [slowest] = slowestFirst(kind);
  if (slowest === undefined) return `${kind.kind} ${kind.ended}/${kind.total}${failed}`;
  const verb = slowest.evidence === undefined ? "now" : "waiting";
  const more = kind.running.size === 1 ? "" : ` and ${kind.running.size - 1} more`;
  return `${kind.kind} ${kind.ended}/${kind.total}${failed}, ${verb}: ${describeWait(slowest, now)}${more}`;
}

/** Failed hosts, then slow ones other than the one that the row itself names. */
function describeDetails(kind: KindProgress, now: number): string[] {
  const failed = groupByReason(kind.failed).map(
    ([reason, hosts]) => `failed: ${foldNames(hosts)}, ${reason}`,
  );
  const slow = slowestFirst(kind)
    .slice(1)
    .filter(step => elapsedOf(step, now) >= SLOW)
    .map(step => `waiting: ${describeWait(step, now)}`);
  return [...failed, ...slow];
}

/** Hosts by the first line of why they failed, in the order of the failures. */
function groupByReason(failed: readonly StepProgress[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { name, outcome } of failed) {
    if (outcome?.kind !== "failed") continue;
    const reason = firstLine(outcome.reason);
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return [...groups];
}

function slowestFirst({ running }: KindProgress): StepProgress[] {
  return [...running].sort((one, other) => (one.startedAt ?? 0) - (other.startedAt ?? 0));
}

function describeWait(step: StepProgress, now: number): string {
  const elapsed = wholeSeconds(elapsedOf(step, now));
  const why = step.evidence === undefined ? elapsed : `${elapsed}: ${firstLine(step.evidence)}`;
  return `${step.name} (${why})`;
}

function describeTotal(
  progress: RunProgress,
  hidden: { toCome: number; folded: number; rest: string | undefined },
  now: number,
): string {
  const kinds = [...progress.kinds.values()];
  const ended = kinds.reduce((sum, kind) => sum + kind.ended, 0);
  const parts = [
    `${ended} of ${progress.steps.size} steps`,
    wholeSeconds(now - progress.startedAt),
    hidden.rest ?? "",
    hidden.folded === 0 ? "" : `${count(hidden.folded, "row")} not shown`,
    hidden.toCome === 0 ? "" : `${count(hidden.toCome, "kind")} of steps to come`,
    progress.stopping === "interrupt"
      ? `interrupted: ${describeInHand(progress.inHand)}no more will start, Ctrl-C again stops now`
      : "",
  ];
  return parts.filter(part => part !== "").join(", ");
}

function elapsedOf({ startedAt }: StepProgress, now: number): Milliseconds {
  return startedAt === undefined ? 0 : now - startedAt;
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
