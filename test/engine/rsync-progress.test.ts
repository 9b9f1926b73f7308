import { describe, expect, it } from "vitest";
import { followRsync } from "../../src/engine/rsync-progress.ts";

/** As rsync 3.2.7 printed it with --info=progress2 --outbuf=N. */
const PRINTED = [
  "\r         32,768   0%    0.00kB/s    0:00:00  ",
  "\r     26,214,400  25%   19.53MB/s    0:00:03  ",
  "\r     26,314,400  25%   19.53MB/s    0:00:03  ",
  "\r    104,857,600 100%   19.80MB/s    0:00:05 (xfr#1, to-chk=0/2)\n",
];

function follow(...chunks: string[]) {
  const told: string[] = [];
  const follower = followRsync(evidence => told.push(evidence));
  for (const text of chunks) follower.onOutput({ stream: "stdout", text });
  return { told, note: follower.note() };
}

describe("a transfer by rsync", () => {
  it("tells how far it is, once for a percent, and at its end what it moved", () => {
    expect(follow(...PRINTED)).toEqual({
      told: [
        "0 %, 0.00kB/s, 0:00:00 left",
        "25 %, 19.53MB/s, 0:00:03 left",
        "100 %, 19.80MB/s, 0:00:05 left",
      ],
      note: "100MB at 19.80MB/s",
    });
  });

  it("is read the same however its output is cut", () => {
    const text = PRINTED.join("");
    const whole = follow(text);
    for (let size = 1; size < 90; size += 7) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      expect(follow(...pieces)).toEqual(whole);
    }
  });

  it("notes what a script says of it, and nothing where nothing was moved", () => {
    expect(follow("note: cloud1 does not pass it on\n")).toEqual({
      told: [],
      note: "cloud1 does not pass it on",
    });
    expect(
      follow("\r              0   0%    0.00kB/s    0:00:00 (xfr#0, to-chk=0/2)\n").note,
    ).toBeUndefined();
    expect(follow("rsync: nonsense 12%\n")).toEqual({ told: [], note: undefined });
  });
});
