import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { snapRoutes } from "../../examples/snap/routes.ts";
import { pauseAfter, runOnSchedule } from "../../examples/snap/schedule.ts";
import { outdated, prune, snapshotName, writeSnapshot } from "../../examples/snap/snapshot.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const NOON = new Date("2026-03-04T12:00:00.900Z");

describe("snapshotName", () => {
  it("sorts as the times do", () => {
    const date = fc.date({ min: new Date(0), max: new Date("2999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(date, date, (a, b) => {
        const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
        expect(snapshotName(a) < snapshotName(b)).toBe(seconds(a) < seconds(b));
      }),
    );
  });
});

describe("outdated", () => {
  it("never names one of the newest, nor a file that is no snapshot", () => {
    const names = ["1", "2", "3"].map(day => snapshotName(new Date(`2026-03-0${day}T00:00:00Z`)));
    expect(outdated(["notes.txt", ...names.toReversed(), ".snap-half"], 2)).toEqual([names[0]]);
    expect(outdated(names, 5)).toEqual([]);
  });
});

describe("writeSnapshot", () => {
  it("writes every line and leaves nothing else behind", async () => {
    const folder = join(await temporaryFolder(), "deep");
    const name = await writeSnapshot(folder, NOON, ["one", "two"]);
    expect(name).toBe("snap-2026-03-04T120000Z.jsonl.gz");
    expect(gunzipSync(await readFile(join(folder, name))).toString()).toBe("one\ntwo\n");
    expect(await readdir(folder)).toEqual([name]);
  });

  it("leaves no file when the rows end in an error", async () => {
    const folder = await temporaryFolder();
    const broken = (function* (): Generator<string> {
      yield "one";
      throw new Error("the database went away");
    })();
    await expect(writeSnapshot(folder, NOON, broken)).rejects.toThrow("went away");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("prune", () => {
  it("keeps the newest", async () => {
    const folder = await temporaryFolder();
    for (const minute of [1, 2, 3]) {
      await writeFile(join(folder, snapshotName(new Date(NOON.getTime() + minute * 60_000))), "");
    }
    await prune(folder, 1);
    expect(await readdir(folder)).toEqual(["snap-2026-03-04T120300Z.jsonl.gz"]);
  });
});

describe("pauseAfter", () => {
  it("keeps the beat of the interval", () => {
    expect(pauseAfter({ intervalMs: 60_000, elapsed: 1500, failures: 0 })).toBe(58_500);
    expect(pauseAfter({ intervalMs: 60_000, elapsed: 90_000, failures: 0 })).toBe(0);
  });

  it("tries again soon after a failure, at least a second and at most an interval later", () => {
    const wait = (failures: number): number => pauseAfter({ intervalMs: 60_000, elapsed: 0, failures });
    expect([wait(1), wait(2), wait(3), wait(40)]).toEqual([1000, 2000, 4000, 60_000]);
    expect(pauseAfter({ intervalMs: 60_000, elapsed: 90_000, failures: 9 })).toBe(1000);
  });
});

describe("runOnSchedule", () => {
  it("goes on after a failure and ends with the signal", async () => {
    const stop = new AbortController();
    const messages: string[] = [];
    let turns = 0;
    await runOnSchedule({
      intervalMs: 1,
      signal: stop.signal,
      log: message => void messages.push(message),
      task: async () => {
        turns += 1;
        if (turns === 1) throw new Error("database is down");
        if (turns === 3) stop.abort();
      },
    });
    expect(turns).toBe(3);
    expect(messages).toEqual(["failed 1 times in a row: database is down"]);
  });
});

describe("the pages of a snap", () => {
  const ask = async (ageMs: number | undefined): Promise<number> => {
    const at = ageMs === undefined ? undefined : new Date(Date.now() - ageMs);
    const handle = snapRoutes({ newest: "snap-x", at }, 1000);
    const query = new URLSearchParams();
    return (await handle({ method: "GET", path: "/stats", query, body: async () => "" })).status;
  };

  it("is well only while snapshots are being made", async () => {
    expect(await ask(undefined)).toBe(503);
    expect(await ask(100)).toBe(200);
    expect(await ask(60_000)).toBe(503);
  });
});
