import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { createPlainDisplay } from "../../src/report/plain.ts";
import { events, planOf } from "../helpers/run-events.ts";

describe("plain lines of a run with stages", () => {
  it("tell at the end of each stage how long the rest takes, once that is known", async () => {
    const plan = planOf(["restart"], ["a", "b"]);
    const staged = { ...plan, steps: plan.steps.map(step => ({ ...step, stage: step.host })) };
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    const display = createPlainDisplay({
      output,
      colors: new Chalk({ level: 0 }),
      quiet: false,
      verbose: false,
    });
    display.listener(events.started(staged));
    for (const host of ["a", "b"]) {
      display.listener(events.begin(`restart@${host}`));
      display.listener(events.end(`restart@${host}`, { kind: "changed" }, 30));
    }
    await display.close();
    expect(lines).toEqual([
      "restart on a: changed (30s)\n",
      "about 30s left\n",
      "restart on b: changed (30s)\n",
    ]);
  });
});
