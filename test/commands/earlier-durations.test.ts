import { describe, expect, it } from "vitest";
import { earlierDurations } from "../../src/commands/earlier-durations.ts";
import type { EngineEvent, RunOutcome } from "../../src/engine/events.ts";
import { createHeader } from "../../src/engine/journal/header.ts";
import { openRunJournal } from "../../src/engine/journal/write.ts";
import type { Plan } from "../../src/plan/model.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";
import { events } from "../helpers/run-events.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const restart = (hosts: readonly string[]): Plan =>
  makePlan(hosts.map(host => makeStep(`restart@${host}`, { host, kind: "restart", stage: host })));
const install = makePlan([makeStep("install@db1", { host: "db1", kind: "install" })]);

/** A run of which every step took this many seconds. */
async function record(
  state: string,
  run: string,
  { plan, seconds, end = "done" }: { plan: Plan; seconds: number; end?: RunOutcome["kind"] },
): Promise<void> {
  const { deployment, command } = plan;
  const header = createHeader({ run, deployment, command, secretsFolder: "/s" });
  const journal = await openRunJournal(state, header, true);
  const steps = plan.steps.flatMap(({ id }): EngineEvent[] => [
    events.begin(id),
    events.end(id, { kind: "changed" }, seconds),
  ]);
  for (const event of [events.started(plan), ...steps, events.over(end, { changed: plan.steps.length })])
    await journal.record(event);
  await journal.close();
}

describe("earlierDurations", () => {
  it("are those of the newest run that was done and worked on the same kinds in stages", async () => {
    const state = await temporaryFolder();
    await record(state, "20261124T010000-aaaa", { plan: restart(["db1"]), seconds: 90 });
    await record(state, "20261124T020000-bbbb", { plan: restart(["db1", "db2"]), seconds: 40 });
    await record(state, "20261124T030000-cccc", { plan: restart(["db1"]), seconds: 3, end: "failed" });
    await record(state, "20261124T040000-dddd", { plan: install, seconds: 7 });
    expect(await earlierDurations(state, restart(["db3"]))).toEqual(new Map([["restart", 40_000]]));
  });

  it("say nothing for a plan without stages, nor where no run did the like", async () => {
    const state = await temporaryFolder();
    await record(state, "20261124T010000-aaaa", { plan: install, seconds: 7 });
    expect(await earlierDurations(state, install)).toEqual(new Map());
    expect(await earlierDurations(state, restart(["db1"]))).toEqual(new Map());
  });
});
