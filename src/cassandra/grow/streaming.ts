import * as v from "valibot";
import { formatDuration, formatSize, type Bytes, type Milliseconds } from "../../base/units.ts";
import { readRows } from "../ring/rows.ts";

/** Every stream that a node takes part in or took part in since its start (Cassandra 4.1 and later). */
export const STREAMING_QUERY = "SELECT * FROM system_views.streaming";

/** How far the streams of one kind are. */
export interface StreamProgress {
  total: Bytes;
  sent: Bytes;
  /** Of the stream that has taken longest. */
  took: Milliseconds;
}

const Count = v.pipe(
  v.nullish(v.unknown(), 0),
  v.transform(value => Number(String(value))),
  v.finite(),
);
const StreamRow = v.object({
  operation: v.string(),
  status: v.nullish(v.string(), ""),
  peers: v.nullish(v.array(v.string()), []),
  bytes_to_send: Count,
  bytes_sent: Count,
  duration_millis: Count,
});

/**
 * What a node sends in streams of this operation (`Bootstrap`, `Unbootstrap`), to the peer alone where one is named. Failed ones do
 * not count. Throws an OperatorError for rows that are no streams.
 */
export function readStreams(
  rows: readonly unknown[],
  { operation, peer }: { operation: string; peer?: string },
): StreamProgress {
  const streams = readRows("system_views.streaming", StreamRow, rows).filter(
    stream =>
      stream.operation.toLowerCase() === operation.toLowerCase() &&
      stream.status.toLowerCase() !== "failure" &&
      (peer === undefined || stream.peers.some(one => addressOf(one) === peer)),
  );
  return {
    total: streams.reduce((sum, stream) => sum + stream.bytes_to_send, 0),
    sent: streams.reduce((sum, stream) => sum + stream.bytes_sent, 0),
    took: Math.max(0, ...streams.map(stream => stream.duration_millis)),
  };
}

/** The address alone of `/127.0.0.4:7000`. */
function addressOf(peer: string): string {
  return peer.slice(peer.lastIndexOf("/") + 1).replace(/:\d+$/, "");
}

/** The progress of all senders together in words, with how long the rest takes at this pace; undefined where nothing streams yet. */
export function describeStreams(parts: readonly StreamProgress[]): string | undefined {
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  const sent = parts.reduce((sum, part) => sum + part.sent, 0);
  const took = Math.max(0, ...parts.map(part => part.took));
  if (total === 0) return undefined;
  const done = `${formatSize(sent)} of ${formatSize(total)} streamed (${Math.floor((sent / total) * 100)}%)`;
  if (sent === 0 || took === 0 || sent >= total) return done;
  return `${done}, about ${formatDuration(Math.round(((total - sent) / sent) * took))} left`;
}
