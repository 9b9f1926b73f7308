import { formatSize, type Bytes } from "../base/units.ts";
import type { OutputChunk } from "../transport/model.ts";

/** How far a transfer is, by `rsync --info=progress2` (rsync(1)). */
interface Progress {
  bytes: Bytes;
  percent: number;
  /** `98.12MB/s` */
  rate: string;
  /** `0:00:12`, until it is done; at its end how long it took. */
  time: string;
}

/** Follows a transfer through what rsync prints. */
export interface RsyncFollower {
  onOutput: (chunk: OutputChunk) => void;
  /** What came of it in words; undefined where there was nothing to transfer. */
  note: () => string | undefined;
}

/** Tells how far a transfer is, once for every percent: 100 times however long it takes. Lines that begin with `note: ` become the note. */
export function followRsync(tell: (evidence: string) => void): RsyncFollower {
  let rest = "";
  let last: Progress | undefined;
  const notes: string[] = [];
  return {
    onOutput: ({ stream, text }) => {
      if (stream === "stderr") return;
      const lines = (rest + text).split(/[\r\n]/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("note: ")) notes.push(line.slice("note: ".length));
        const now = readProgress(line);
        if (now === undefined) continue;
        if (now.percent !== last?.percent) tell(`${now.percent} %, ${now.rate}, ${now.time} left`);
        last = now;
      }
    },
    note: () => {
      const moved =
        last === undefined || last.bytes === 0 ? [] : [`${formatSize(last.bytes)} at ${last.rate}`];
      const all = [...notes, ...moved];
      return all.length === 0 ? undefined : all.join("; ");
    },
  };
}

/** `    104,857,600 100%   98.12MB/s    0:00:01 (xfr#3, to-chk=0/5)` */
function readProgress(line: string): Progress | undefined {
  const match = /^\s*([\d,]+)\s+(\d+)%\s+([\d.]+[kMGTP]?B\/s)\s+(\d+:\d\d:\d\d)/.exec(line);
  if (match === null) return undefined;
  const [, bytes = "", percent = "", rate = "", time = ""] = match;
  return { bytes: Number(bytes.replaceAll(",", "")), percent: Number(percent), rate, time };
}
