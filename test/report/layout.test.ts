import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/engine/events.ts";
import { layOut, type Layout } from "../../src/report/layout.ts";
import { beginProgress, recordEvent, type RunProgress } from "../../src/report/progress.ts";
import { events, planOf } from "../helpers/run-events.ts";

function progressAfter(plan: ReturnType<typeof planOf>, following: readonly EngineEvent[]): RunProgress {
  const first = events.started(plan);
  if (first.type !== "run-started") throw new Error("the first event starts the run");
  const progress = beginProgress(first);
  for (const event of following) recordEvent(progress, event);
  return progress;
}

function shownLines({ rows, total }: Layout): string[] {
  return [...[...rows.values()].filter(row => row !== "").flatMap(row => row.split("\n")), total];
}

const hosts = (count: number) => Array.from({ length: count }, (_, index) => `web${index + 1}`);

describe("layOut", () => {
  it("shows a kind with its counters and the host that it waits for, with elapsed time and evidence", () => {
    const progress = progressAfter(planOf(["start cassandra", "start hub"], hosts(3)), [
      events.begin("start cassandra@web1"),
      events.begin("start cassandra@web2", 1),
      events.begin("start cassandra@web3", 2),
      events.end("start cassandra@web1"),
      events.wait("start cassandra@web2", "CQL port refused", 5),
    ]);
    expect(shownLines(layOut(progress, { lines: 20, now: 48_000 }))).toEqual([
      "start cassandra 1/3, waiting: web2 (47s: CQL port refused) and 1 more",
      "waiting: web3 (46s)",
      "1 of 6 steps, 48s, 1 kind of steps to come",
    ]);
  });

  it("names failed hosts by cause, folded, and leaves out the quick ones", () => {
    const reason = "exit 1: unit masked";
    const progress = progressAfter(planOf(["start hub"], hosts(6)), [
      ...hosts(6).map(host => events.begin(`start hub@${host}`)),
      ...["web1", "web2", "web3"].map(host => events.end(`start hub@${host}`, { kind: "failed", reason })),
      events.end("start hub@web4"),
    ]);
    expect(shownLines(layOut(progress, { lines: 20, now: 3000 }))).toEqual([
      "start hub 4/6, 3 failed, now: web5 (3s) and 1 more",
      "failed: web[1-3], exit 1: unit masked",
      "4 of 6 steps, 3s",
    ]);
  });

  it("names instances where a host has several of them", () => {
    const [step] = planOf(["start hub"], ["web1"]).steps;
    if (step === undefined) throw new Error("the plan has a step");
    const plan = {
      ...planOf([], []),
      steps: ["hub0@web1", "hub1@web1"].map(instance => ({ ...step, id: `start ${instance}`, instance })),
    };
    const progress = progressAfter(plan, [
      events.begin("start hub0@web1"),
      events.begin("start hub1@web1", 1),
    ]);
    expect(shownLines(layOut(progress, { lines: 20, now: 20_000 })).slice(0, 2)).toEqual([
      "start hub 0/2, now: hub0@web1 (20s) and 1 more",
      "waiting: hub1@web1 (19s)",
    ]);
  });

  it("tells that an interruption was heard", () => {
    const progress = progressAfter(planOf(["start hub"], hosts(1)), [
      events.begin("start hub@web1"),
      { type: "stopping", reason: "interrupt", underWay: ["start hub@web1"], inHand: ["hub@web1"], at: 0 },
    ]);
    const { total } = layOut(progress, { lines: 20, now: 0 });
    expect(total).toContain("interrupted: hub@web1 is brought to an end, no more will start");
  });

  it("prefers what is under way or failed to what is done when the terminal is low", () => {
    const kinds = ["one", "two", "three", "four"];
    const progress = progressAfter(planOf(kinds, ["web1"]), [
      ...["one", "two", "three"].map(kind => events.begin(`${kind}@web1`)),
      events.end("one@web1"),
      events.end("two@web1", { kind: "failed", reason: "no" }),
      events.begin("four@web1"),
      events.end("four@web1"),
    ]);
    const { rows, total } = layOut(progress, { lines: 3, now: 0 });
    expect([...rows].filter(([, row]) => row !== "").map(([kind]) => kind)).toEqual(["two", "three"]);
    expect(total).toContain("2 rows not shown");
  });

  it("leaves the failures to the summary once the run has ended", () => {
    const progress = progressAfter(planOf(["start hub"], hosts(1)), [
      events.begin("start hub@web1"),
      events.end("start hub@web1", { kind: "failed", reason: "no" }),
      events.over("failed", { failed: 1 }),
    ]);
    expect(shownLines(layOut(progress, { lines: 20, now: 1000 }))[0]).toBe("start hub 1/1, 1 failed");
    expect(shownLines(layOut(progress, { lines: 20, now: 1000 }))).toHaveLength(2);
  });

  it("fits any run into any terminal of two lines or more", () => {
    const runs = fc.record({
      kinds: fc.integer({ min: 1, max: 30 }),
      hosts: fc.integer({ min: 1, max: 30 }),
      begun: fc.integer({ min: 0, max: 900 }),
      ended: fc.integer({ min: 0, max: 900 }),
      failEvery: fc.integer({ min: 1, max: 9 }),
      lines: fc.integer({ min: 2, max: 60 }),
    });
    fc.assert(
      fc.property(runs, run => {
        const names = Array.from({ length: run.kinds }, (_, index) => `kind ${index}`);
        const plan = planOf(names, hosts(run.hosts));
        const begun = plan.steps.slice(0, run.begun);
        const ended = begun.slice(0, run.ended);
        const progress = progressAfter(plan, [
          ...begun.map(({ id }) => events.begin(id)),
          ...ended.map(({ id }, index) =>
            events.end(
              id,
              index % run.failEvery === 0
                ? { kind: "failed", reason: `cause ${index}` }
                : { kind: "changed" },
            ),
          ),
        ]);
        const shown = shownLines(layOut(progress, { lines: run.lines, now: 60_000 }));
        expect(shown.length).toBeLessThanOrEqual(run.lines);
        expect(shown.at(-1)).toContain(`${ended.length} of ${plan.steps.length} steps`);
      }),
    );
  });
});
