import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import type { EngineEvent } from "../../src/engine/events.ts";
import { createReport } from "../../src/report/create.ts";
import { events, planOf } from "../helpers/run-events.ts";

interface Settings {
  isTTY?: boolean;
  env?: Record<string, string>;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
}

function recordReport({
  isTTY = false,
  env = {},
  json = false,
  quiet = false,
  verbose = false,
  color = true,
}: Settings = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (lines: string[]) => ({
    write: (text: string) => lines.push(text),
    isTTY,
    columns: 90,
    rows: 20,
    on: () => {},
  });
  const report = createReport({
    io: { stdout: stream(out), stderr: stream(err), env },
    global: { json, quiet, verbose, color },
  });
  return {
    tell: (...told: EngineEvent[]) => told.forEach(event => report.listener(event)),
    end: () => report.end(),
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

const plan = planOf(["start hub"], ["web1", "web2", "web3"]);
const failure = {
  kind: "failed",
  reason: "port 5000 refused",
  hint: "smc logs hub",
  output: "a\nb\n",
} as const;

describe("createReport off a terminal", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  it("prints one line for each step that ends, and the counts", async () => {
    const report = recordReport({ verbose: true });
    report.tell(
      events.started(plan),
      events.begin("start hub@web1"),
      events.end("start hub@web1"),
      events.begin("start hub@web2"),
      events.end("start hub@web2", { kind: "unchanged", reason: "it runs" }),
      events.over("done", { changed: 1, unchanged: 1 }),
    );
    expect(await report.end()).toBe(ExitCode.Done);
    expect(report.err()).toBe(
      "start hub on web1: changed (1.0s)\n" +
        "start hub on web2: unchanged, it runs (1.0s)\n" +
        "done: 1 changed, 1 unchanged (1m 5s)\n",
    );
    expect(report.out()).toBe("");
  });

  it("only counts the files and the like that were as they should be, unless it is asked for more", async () => {
    const unit = { manager: "systemd", name: "a.service", log: "/a.log" } as const;
    const steps = plan.steps.map((step, index) =>
      index === 0 ? { ...step, action: { kind: "unit", operation: "start", unit } as const } : step,
    );
    const [first, second] = plan.steps;
    const report = recordReport();
    report.tell(
      events.started({ ...plan, steps }),
      events.end(first?.id ?? "", { kind: "unchanged", reason: "it runs" }),
      events.end(second?.id ?? "", { kind: "unchanged", reason: "it has this content" }),
      events.over("done", { unchanged: 2 }),
    );
    await report.end();
    expect(report.err()).toBe(
      "start hub on web1: unchanged, it runs (1.0s)\ndone: 0 changed, 2 unchanged (1m 5s)\n",
    );
  });

  it("tells each failure once with cause, output and hint, its hosts folded, and how to resume", async () => {
    const report = recordReport();
    report.tell(
      events.started(plan),
      ...["web1", "web2"].flatMap(host => [
        events.begin(`start hub@${host}`),
        events.end(`start hub@${host}`, failure),
      ]),
      events.end("start hub@web3", { kind: "blocked", by: "start hub@web1" }),
      events.over("failed", { failed: 2, blocked: 1 }),
    );
    expect(await report.end()).toBe(ExitCode.Failed);
    expect(report.err()).toContain(
      "failed  start hub on web[1-2]: port 5000 refused\n  | a\n  | b\n  next: smc logs hub\n" +
        "failed: 0 changed, 0 unchanged, 2 failed, 1 blocked (1m 5s)\nnext: smc resume r1  goes on as it was planned; smc start cassandra  plans anew\n",
    );
  });

  it("shows one log of those that failed alike, and the end of it only", async () => {
    const report = recordReport();
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    report.tell(
      events.started(plan),
      ...["web1", "web2"].map(host => {
        const log = [`/hub.log of ${host} ends with:`, ...lines, `the last of ${host}`].join("\n");
        return events.end(`start hub@${host}`, { ...failure, log });
      }),
      events.over("failed", { failed: 2 }),
    );
    await report.end();
    expect(report.err()).toContain(
      "failed  start hub on web[1-2]: port 5000 refused\n  | a\n  | b\n  /hub.log of web1 ends with:\n  | (9 lines before these)\n  | line 10\n",
    );
    expect(report.err()).toContain("  | line 20\n  | the last of web1\n  next: smc logs hub\n");
    expect(report.err()).not.toContain("the last of web2");
  });

  it("tells what a step that went well has to say", async () => {
    const report = recordReport();
    report.tell(
      events.started(plan),
      ...["web1", "web2"].map(host =>
        events.end(`start hub@${host}`, { kind: "changed", note: "slow disk" }),
      ),
      events.over("done", { changed: 2 }),
    );
    await report.end();
    expect(report.err()).toContain("start hub on web1: changed, slow disk (1.0s)\n");
    expect(report.err()).toContain("note    start hub on web[1-2]: slow disk\ndone: 2 changed");
  });

  it("shows the end of long output only", async () => {
    const report = recordReport();
    const output = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`).join("\n");
    report.tell(
      events.started(plan),
      events.begin("start hub@web1"),
      events.end("start hub@web1", { ...failure, output }),
      events.over("failed", { failed: 1 }),
    );
    await report.end();
    expect(report.err()).toContain("  | (28 lines before these)\n  | line 29\n");
    expect(report.err()).not.toContain("line 28\n");
  });

  it("tells a wait after 10 s and each time that it has doubled, with what it waits for", async () => {
    const report = recordReport();
    report.tell(events.started(plan), events.begin("start hub@web1"));
    vi.advanceTimersByTime(9000);
    expect(report.err()).toBe("");
    report.tell(events.wait("start hub@web1", "port 5000 refused", 9));
    vi.advanceTimersByTime(91_000);
    expect(report.err()).toBe(
      [10, 20, 40, 80]
        .map(elapsed => `start hub on web1: waiting, port 5000 refused (${elapsed}s)\n`)
        .join("")
        .replace("80s", "1m 20s"),
    );
    await report.end();
  });

  it("says what an interruption leaves under way", async () => {
    const report = recordReport();
    report.tell(
      events.started(plan),
      { type: "stopping", reason: "interrupt", underWay: ["start hub@web1"], at: 0 },
      events.over("interrupted", { notStarted: 3 }),
    );
    expect(await report.end()).toBe(ExitCode.Interrupted);
    expect(report.err()).toContain("interrupted: 1 step under way will end, no more will start");
    expect(report.err()).toContain("next: smc resume r1");
  });

  it("says what an interruption lets come to its end", async () => {
    const report = recordReport();
    const inHand = ["hub0@web1", "hub0@web2"];
    report.tell(events.started(plan), { type: "stopping", reason: "interrupt", underWay: [], inHand, at: 0 });
    await report.end();
    expect(report.err()).toContain("hub0@web[1-2] are brought to an end, no more will start");
  });

  it("says what was undone", async () => {
    const report = recordReport();
    report.tell(
      events.started(plan),
      { type: "undo-ended", step: "start hub@web1", outcome: { kind: "changed" }, at: 0 },
      events.over("failed"),
    );
    await report.end();
    expect(report.err()).toContain("undo start hub on web1: changed\n");
    expect(report.err()).toContain("undone  start hub on web1\n");
  });

  it("is silent with -q where all went well, and tells failures otherwise", async () => {
    const well = recordReport({ quiet: true });
    well.tell(events.started(plan), events.end("start hub@web1"), events.over("done", { changed: 1 }));
    await well.end();
    expect(well.err()).toBe("");
    const badly = recordReport({ quiet: true });
    badly.tell(
      events.started(plan),
      events.end("start hub@web1", failure),
      events.over("failed", { failed: 1 }),
    );
    await badly.end();
    expect(badly.err()).toContain("start hub on web1: failed, port 5000 refused");
  });

  it("gives one object on stdout with --json and nothing on stderr", async () => {
    const report = recordReport({ json: true });
    report.tell(
      events.started(plan),
      events.end("start hub@web1", failure),
      events.over("failed", { failed: 1 }),
    );
    await report.end();
    expect(report.err()).toBe("");
    expect(JSON.parse(report.out())).toMatchObject({
      version: 1,
      run: "r1",
      deployment: "cloud",
      outcome: "failed",
      counts: { failed: 1 },
      steps: [
        {
          id: "start hub@web1",
          host: "web1",
          outcome: "failed",
          reason: "port 5000 refused",
          duration: 1000,
        },
        { outcome: "not-started" },
        { outcome: "not-started" },
      ],
    });
  });

  it("prints the summary once however often it is ended", async () => {
    const report = recordReport();
    report.tell(events.started(plan), events.over("done", { changed: 1 }));
    expect([await report.end(), await report.end()]).toEqual([ExitCode.Done, ExitCode.Done]);
    expect(report.err()).toBe("done: 1 changed, 0 unchanged (1m 5s)\n");
  });

  it("prints no summary when the engine never ended the run", async () => {
    const report = recordReport();
    report.tell(events.started(plan));
    expect(await report.end()).toBe(ExitCode.Failed);
    expect(report.err()).toBe("");
  });
});

describe("createReport on a terminal", () => {
  it("draws rows by kind, marks them by word and symbol, and gives the cursor back", async () => {
    const report = recordReport({ isTTY: true });
    report.tell(
      events.started(plan),
      events.begin("start hub@web1"),
      events.end("start hub@web1", failure),
      events.over("failed", { failed: 1, notStarted: 2 }),
    );
    expect(await report.end()).toBe(ExitCode.Failed);
    expect(report.err()).toContain("start hub 1/3, 1 failed");
    expect(report.err()).toContain("start hub on web1: port 5000 refused");
    expect(report.err().lastIndexOf("\u001B[?25h")).toBeGreaterThan(report.err().lastIndexOf("\u001B[?25l"));
    expect(report.out()).toBe("");
  });

  it("leaves the handling of Ctrl-C to the command", async () => {
    const before = process.listenerCount("SIGINT");
    const report = recordReport({ isTTY: true });
    report.tell(events.started(plan), events.begin("start hub@web1"));
    await vi.waitFor(() => expect(report.err()).toContain("\u001B[?25l"));
    expect(process.listenerCount("SIGINT")).toBe(before);
    report.tell(events.over("interrupted"));
    expect(await report.end()).toBe(ExitCode.Interrupted);
  });

  const red = "\u001B[31m";
  it.each<[string, Settings, boolean]>([
    ["a terminal", { isTTY: true }, true],
    ["no terminal", {}, false],
    ["NO_COLOR", { isTTY: true, env: { NO_COLOR: "1" } }, false],
    ["an empty NO_COLOR", { isTTY: true, env: { NO_COLOR: "" } }, true],
    ["--no-color", { isTTY: true, color: false }, false],
    ["TERM=dumb", { isTTY: true, env: { TERM: "dumb" } }, false],
    ["FORCE_COLOR off a terminal", { env: { FORCE_COLOR: "1" } }, true],
    ["FORCE_COLOR=0", { isTTY: true, env: { FORCE_COLOR: "0" } }, false],
    ["--no-color against FORCE_COLOR", { env: { FORCE_COLOR: "1" }, color: false }, false],
  ])("colours the summary as asked: %s", async (_name, settings, colored) => {
    const report = recordReport(settings);
    report.tell(
      events.started(plan),
      events.end("start hub@web1", failure),
      events.over("failed", { failed: 1 }),
    );
    await report.end();
    expect(report.err().includes(red)).toBe(colored);
  });
});
