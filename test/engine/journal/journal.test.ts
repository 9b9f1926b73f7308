import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineEvent } from "../../../src/engine/events.ts";
import { createHeader, journalPath, type JournalHeader } from "../../../src/engine/journal/header.ts";
import { findRun, listRuns } from "../../../src/engine/journal/list.ts";
import { readRun } from "../../../src/engine/journal/read.ts";
import { openRunJournal } from "../../../src/engine/journal/write.ts";
import { makePlan, makeStep } from "../../helpers/make-plan.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";

let folder = "";
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => removeFolder(folder));

const header = (run: string, at = 0): JournalHeader => ({
  ...createHeader({ run, deployment: "cloud", command: ["start", "hub"], secretsFolder: "/s" }),
  at,
});
const started: EngineEvent = {
  type: "run-started",
  run: "r",
  plan: makePlan([makeStep("a")]),
  at: 1,
  resumed: false,
};
const counts = { changed: 1, unchanged: 0, failed: 0, blocked: 0, notStarted: 0 };
const ended: EngineEvent = {
  type: "run-ended",
  run: "r",
  outcome: { kind: "done", counts, duration: 5 },
  at: 9,
};
const FIRST = "20261124T031500-ffff";

async function write(words: JournalHeader, events: readonly EngineEvent[], isNew = true): Promise<string> {
  const journal = await openRunJournal(folder, words, isNew);
  for (const event of events) await journal.record(event);
  await journal.close();
  return journalPath(folder, words);
}

describe("the journal of a run", () => {
  it("gives back every event of every attempt, and the plan", async () => {
    const events: EngineEvent[] = [
      started,
      { type: "step-started", step: "a", host: "host1", instance: "hub@host1", at: 2 },
      {
        type: "step-ended",
        step: "a",
        outcome: { kind: "failed", reason: "r", output: "o" },
        duration: 1,
        at: 3,
      },
      { type: "stopping", reason: "failure", underWay: [], at: 4 },
      { type: "undo-started", step: "a", at: 5 },
      { type: "undo-ended", step: "a", outcome: { kind: "changed", note: "n", confirmed: true }, at: 6 },
    ];
    const path = await write(header(FIRST), events);
    await write(header(FIRST), [{ ...started, resumed: true }, ended], false);
    const recorded = await readRun(path);
    expect(recorded.header).toEqual(header(FIRST));
    expect(recorded.plan).toEqual(makePlan([makeStep("a")]));
    expect(recorded.events).toEqual([...events, { ...started, resumed: true }, ended]);
  });

  it("writes a wait only when its evidence is new", async () => {
    const waits = ["refused", "refused", "503", "503"].map((evidence, at): EngineEvent => {
      return { type: "step-waiting", step: "a", evidence, elapsed: at, at };
    });
    const { events } = await readRun(await write(header(FIRST), [started, ...waits]));
    expect(events.slice(1).map(({ at }) => at)).toEqual([0, 2]);
  });

  it("says where a journal is not what smc writes", async () => {
    const path = await write(header(FIRST), [started]);
    await appendFile(path, '{"type":"step-ended","step":"a"}\n');
    await expect(readRun(path)).rejects.toThrow(`${path}: record 3 is not what smc writes: outcome`);
  });

  it("says that a run ended before its plan was recorded, and how to begin again", async () => {
    await expect(readRun(await write(header(FIRST), []))).rejects.toMatchObject({
      code: "RUN_EMPTY",
      hint: "start it again: smc start hub",
    });
  });
});

describe("listRuns", () => {
  it("is in order of time, also within one second, and counts only what is asked for", async () => {
    await write(header(FIRST, 1000), [started, ended]);
    await write(header("20261124T031500-0000", 1001), [started]);
    await write(header("20261124T031459-0000", 2), [started, ended]);
    const runs = await listRuns(folder);
    expect(runs.map(({ run, outcome }) => [run, outcome?.kind])).toEqual([
      ["20261124T031500-0000", undefined],
      [FIRST, "done"],
      ["20261124T031459-0000", "done"],
    ]);
    expect(await listRuns(folder, { most: 1 })).toEqual([runs[0]]);
    expect(await listRuns(folder, { deployment: "storm" })).toEqual([]);
    expect(await listRuns(`${folder}/nothing`)).toEqual([]);
  });

  it("reads the ends of a journal with a plan of megabytes", async () => {
    const steps = Array.from({ length: 5000 }, (_, index) => makeStep(`step ${index}`));
    await write(header(FIRST), [{ ...started, plan: makePlan(steps) }, ended]);
    expect(await listRuns(folder)).toMatchObject([{ header: { run: FIRST }, outcome: { kind: "done" } }]);
  });

  it("bears a journal that was cut off in its first record", async () => {
    const path = journalPath(folder, { deployment: "cloud", run: FIRST });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{"type":"jour');
    expect(await listRuns(folder)).toEqual([
      { run: FIRST, deployment: "cloud", header: undefined, outcome: undefined },
    ]);
  });

  it("finds the deployment of a run", async () => {
    await write(header(FIRST), []);
    expect(await findRun(folder, FIRST)).toBe("cloud");
    expect(await findRun(folder, "20261124T031500-0000")).toBeUndefined();
  });
});
