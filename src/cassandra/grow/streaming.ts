import { formatDuration, formatSize, type Bytes, type Milliseconds } from "../../base/units.ts";
import type { NetworkReport, StreamDirection, StreamPlan } from "../nodetool/netstats.ts";

/** Between 1582-10-15, where the clock of a time-based UUID begins, and 1970-01-01. */
const GREGORIAN_OFFSET: Milliseconds = 12_219_292_800_000;

/**
 * What the streams of this operation (`Bootstrap`, `Unbootstrap`) on a node have done, in words, with how long the rest takes at
 * this pace; undefined where there are none. `now` in milliseconds since the epoch. The virtual table system_views.streaming of 4.1
 * and 5.0 is no source: whom the streams go to or come from has no numbers there, and those of the other end contradict each other.
 */
export function describeStreams(
  { streams }: NetworkReport,
  operation: string,
  now: Milliseconds,
): string | undefined {
  const plans = streams.filter(plan => plan.operation === operation);
  const total = sumOf(plans, direction => direction.total?.bytes);
  const done = sumOf(plans, direction => direction.done?.bytes);
  if (total === 0) return undefined;
  const words = `${formatSize(done)} of ${formatSize(total)} streamed (${Math.floor((done / total) * 100)}%)`;
  const took = Math.max(0, ...plans.map(plan => now - (startOf(plan) ?? now)));
  if (done === 0 || done >= total || took === 0) return words;
  return `${words}, about ${formatDuration(Math.round(((total - done) / done) * took))} left`;
}

/** Another text whenever a node has come further: what it does, and which streams it has with how many bytes through. */
export function markOf({ mode, streams }: NetworkReport): string {
  const plans = streams.map(plan => `${plan.id ?? "?"} ${sumOf([plan], direction => direction.done?.bytes)}`);
  return [mode, ...plans].join(" ");
}

function sumOf(plans: readonly StreamPlan[], of: (direction: StreamDirection) => Bytes | undefined): Bytes {
  const directions = plans.flatMap(({ sessions }) =>
    sessions.flatMap(({ sending, receiving }) => [sending, receiving].filter(one => one !== undefined)),
  );
  return directions.reduce((total, direction) => total + (of(direction) ?? 0), 0);
}

/** When a plan of streams began: its id is a UUID of version 1 (RFC 9562), which says when it was made. */
function startOf({ id }: StreamPlan): Milliseconds | undefined {
  const [, low, middle, high] = /^([0-9a-f]{8})-([0-9a-f]{4})-1([0-9a-f]{3})-/.exec(id ?? "") ?? [];
  if (low === undefined || middle === undefined || high === undefined) return undefined;
  return Number(BigInt(`0x${high}${middle}${low}`) / 10_000n) - GREGORIAN_OFFSET;
}
