import type { HostName } from "../../base/names.ts";
import type { Bytes } from "../../base/units.ts";
import * as v from "valibot";
import type { ObservedRing } from "../ring/model.ts";
import { ownership } from "../ring/ownership.ts";
import { readRows } from "../ring/rows.ts";

/** What a node holds now, by keyspace, and what its disk has left. */
export interface NodeDisk {
  host: HostName;
  held: ReadonlyMap<string, Bytes>;
  free: Bytes | undefined;
}

/** What a node holds now and would hold. */
export interface NodeForecast {
  host: HostName;
  now: Bytes;
  gain: Bytes;
  free: Bytes | undefined;
}

const MEBIBYTE: Bytes = 1024 ** 2;
/** The rest of what is free is for the compactions of what came. */
const SHARE_OF_FREE = 0.8;

/** How much of the free space a node's gain may take. */
export function roomFor(free: Bytes): Bytes {
  return Math.floor(free * SHARE_OF_FREE);
}

/**
 * What every node that stays would gain when the others have left: for each keyspace, the bytes that one share of it takes now
 * (of all nodes together, so that uneven loads even out) times the shares that the node would have more.
 */
export function forecastShrink(
  ring: ObservedRing,
  leaving: readonly HostName[],
  disks: readonly NodeDisk[],
): NodeForecast[] {
  const staying = ring.nodes.filter(({ host }) => !leaving.includes(host));
  const disksByHost = new Map(disks.map(disk => [disk.host, disk]));
  const gains = new Map<HostName, number>();
  for (const keyspace of ring.keyspaces) {
    const now = ownership(ring, keyspace);
    const then = ownership({ ...ring, nodes: staying }, keyspace);
    const held = disks.reduce((sum, disk) => sum + (disk.held.get(keyspace.name) ?? 0), 0);
    const shares = [...now.values()].reduce((sum, share) => sum + share, 0);
    if (shares === 0) continue;
    for (const { id, host } of staying) {
      const more = Math.max(0, (then.get(id) ?? 0) - (now.get(id) ?? 0));
      gains.set(host, (gains.get(host) ?? 0) + (held / shares) * more);
    }
  }
  return staying.map(({ host }) => {
    const disk = disksByHost.get(host);
    const now = [...(disk?.held.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0);
    return { host, now, gain: Math.round(gains.get(host) ?? 0), free: disk?.free };
  });
}

/** What a node tells of its own disk (Cassandra 4.0 and later); live data files, in whole mebibytes a table. */
export const DISK_QUERY = "SELECT keyspace_name, mebibytes FROM system_views.disk_usage";

const DiskRow = v.object({ keyspace_name: v.string(), mebibytes: v.pipe(v.unknown(), v.transform(Number)) });

/** Reads the rows of `DISK_QUERY`: bytes by keyspace. Throws an OperatorError for rows that are none such. */
export function readDiskUsage(rows: readonly unknown[]): Map<string, Bytes> {
  const held = new Map<string, Bytes>();
  for (const { keyspace_name: name, mebibytes } of readRows("system_views.disk_usage", DiskRow, rows)) {
    held.set(name, (held.get(name) ?? 0) + mebibytes * MEBIBYTE);
  }
  return held;
}

/** Reads the free bytes from what `df -Pk FOLDER` prints; undefined for anything else. */
export function readFreeSpace(output: string): Bytes | undefined {
  const [, , , kibibytes] = output.trim().split("\n").at(-1)?.split(/\s+/) ?? [];
  return kibibytes !== undefined && /^\d+$/.test(kibibytes) ? Number(kibibytes) * 1024 : undefined;
}
