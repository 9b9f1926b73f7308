import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ActionResult } from "../../../src/engine/performer.ts";
import { STATUS_SCRIPT } from "../../../src/engine/units/process-script.ts";
import { unitStatus, unitStatuses } from "../../../src/engine/units/unit-statuses.ts";
import type { ProcessUnit } from "../../../src/plan/model.ts";
import { createTransport } from "../../../src/transport/create.ts";
import { localTarget, makeStep } from "../../helpers/make-plan.ts";
import { ask, limits, localPerformer, makeFolder, perform, removeFolder } from "../../helpers/work.ts";

const connection = createTransport().connection(localTarget("host1"));
let folder = "";
const units: ProcessUnit[] = [];

function makeUnit(script: string, words: Partial<ProcessUnit> = {}): ProcessUnit {
  const unit: ProcessUnit = {
    manager: "process",
    name: `unit${units.length}`,
    folder: join(folder, "run"),
    log: join(folder, "log", `unit${units.length}.log`),
    argv: ["sh", "-c", script],
    env: {},
    directory: folder,
    limits: {},
    stopSignal: "TERM",
    ...words,
  };
  units.push(unit);
  return unit;
}

const operate = (
  unit: ProcessUnit,
  operation: "start" | "stop" | "restart" | "reload",
  words: { previous?: string } = {},
): Promise<ActionResult> => perform({ kind: "unit", operation, unit, ...words });
const status = (unit: ProcessUnit): ReturnType<typeof unitStatus> =>
  unitStatus(connection, unit, { timeout: 5000 });
const recordOf = (unit: ProcessUnit): string => join(unit.folder, `${unit.name}.pid`);
const isAlive = (pid: number): boolean => {
  const stat = existsSync(`/proc/${pid}/stat`)
    ? execFileSync("cat", [`/proc/${pid}/stat`], { encoding: "utf8" })
    : "";
  return stat !== "" && !/\) [ZX] /.test(stat);
};

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  for (const unit of units.splice(0)) await operate(unit, "stop");
  await removeFolder(folder);
});

describe("a gate on a unit", () => {
  it("ends at once, with its last words, when the unit has ended and nothing brings it back", async () => {
    const unit = makeUnit("echo up; sleep 0.7; echo no room for me >&2; exit 3");
    expect(await operate(unit, "start")).toMatchObject({ kind: "changed" });
    const running = { kind: "unit", unit, state: "running" } as const;
    const never = { kind: "command", argv: ["false"] } as const;
    const gate = { kind: "wait", probe: { kind: "all", probes: [running, never] }, interval: 50 } as const;
    const began = Date.now();
    expect(await perform(gate)).toEqual({
      kind: "failed",
      reason: expect.stringMatching(/^process \d+ of unit0 has ended.*; it said: .*no room for me$/),
    });
    expect(Date.now() - began).toBeLessThan(5000);
  });
});

const SLEEPER = "echo up; exec sleep 60";

describe("start", () => {
  it("starts a process group of its own with environment, folder, limits and log", async () => {
    const unit = makeUnit('echo "$COLOR $(pwd) $(ulimit -n) $*"; exec sleep 60', {
      env: { COLOR: "deep blue" },
      limits: { n: 64 },
      argv: ["sh", "-c", 'echo "$COLOR $(pwd) $(ulimit -n) $1"; exec sleep 60', "x", "it's $HOME"],
    });
    expect(await operate(unit, "start")).toEqual({ kind: "changed" });
    const { state, pid = 0, memory, since, identity } = await status(unit);
    expect(state).toBe("running");
    expect(memory).toBeGreaterThan(100_000);
    expect(Math.abs(Date.now() - (since ?? 0))).toBeLessThan(10_000);
    expect(identity).toMatch(new RegExp(`^${pid}:\\d+:[0-9a-f-]{36}$`));
    expect(await readFile(unit.log, "utf8")).toBe(`deep blue ${folder} 64 it's $HOME\n`);
    const ids = execFileSync("ps", ["-o", "pgid=,sid=", "-p", String(pid)], { encoding: "utf8" });
    expect(ids.trim().split(/\s+/)).toEqual([String(pid), String(pid)]);
  });

  it("leaves alone what runs", async () => {
    const unit = makeUnit(SLEEPER);
    await operate(unit, "start");
    const before = await status(unit);
    expect(await operate(unit, "start")).toMatchObject({ kind: "unchanged" });
    expect(await status(unit)).toEqual(before);
  });

  it("starts one process when ten want to start it at once", async () => {
    const unit = makeUnit(SLEEPER);
    const results = await Promise.all(Array.from({ length: 10 }, () => operate(unit, "start")));
    expect(results.filter(({ kind }) => kind === "changed")).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === "unchanged")).toHaveLength(9);
    expect(await readFile(unit.log, "utf8")).toBe("up\n");
  });

  it("reports a program that dies at once, with its exit code and only its own log", async () => {
    const unit = makeUnit("echo cannot bind port 80 >&2; exit 7");
    await mkdir(join(folder, "log"));
    await writeFile(unit.log, "from an earlier start\n");
    expect(await operate(unit, "start")).toEqual({
      kind: "failed",
      reason: `${unit.name} ended at once with exit code 7`,
      hint: `its log is ${unit.log}`,
      output: "cannot bind port 80",
    });
    expect((await status(unit)).state).toBe("failed");
  });

  it("reports a program that does not exist and a folder that is not there", async () => {
    const missing = makeUnit("", { argv: ["/no/such/program"] });
    expect(await operate(missing, "start")).toMatchObject({
      kind: "failed",
      output: expect.stringContaining("program"),
    });
    const nowhere = makeUnit(SLEEPER, { directory: "/no/such/folder" });
    expect(await operate(nowhere, "start")).toMatchObject({
      kind: "failed",
      output: expect.stringContaining("folder"),
    });
  });

  it("is not misled by the pid of another program, or by a record from before a boot", async () => {
    const unit = makeUnit(SLEEPER);
    await operate(unit, "start");
    const [pid = "", start = "", boot = ""] = (await readFile(recordOf(unit), "utf8")).trim().split(" ");
    await operate(unit, "stop");
    const mine = String(process.pid);
    await writeFile(recordOf(unit), `${mine} ${start} ${boot}\n`);
    expect((await status(unit)).state).toBe("failed");
    expect(await operate(unit, "stop")).toMatchObject({ kind: "unchanged" });
    await writeFile(recordOf(unit), `${pid} ${start} 00000000-0000-0000-0000-000000000000\n`);
    expect(await status(unit)).toMatchObject({ state: "stopped" });
    expect(await operate(unit, "start")).toEqual({ kind: "changed" });
  });

  it("refuses to start beside what an earlier start left", async () => {
    const unit = makeUnit("sleep 60 & sleep 60 & exec sleep 0.8");
    await operate(unit, "start");
    await expect.poll(async () => (await status(unit)).state, { timeout: 5000 }).toBe("failed");
    expect(await operate(unit, "start")).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("processes of an earlier start"),
    });
    expect(await operate(unit, "stop")).toEqual({ kind: "changed" });
    expect(await status(unit)).toMatchObject({ state: "stopped" });
  });
});

describe("stop", () => {
  it("ends the whole group, then forgets it", async () => {
    const unit = makeUnit("sleep 60 & echo $!; wait");
    await operate(unit, "start");
    const child = Number(await readFile(unit.log, "utf8"));
    expect(isAlive(child)).toBe(true);
    expect(await operate(unit, "stop")).toEqual({ kind: "changed" });
    expect(isAlive(child)).toBe(false);
    expect(existsSync(recordOf(unit))).toBe(false);
    expect(await operate(unit, "stop")).toMatchObject({ kind: "unchanged" });
  });

  it("kills at the deadline what does not listen, and says so", async () => {
    const unit = makeUnit("trap '' TERM; echo up; while :; do sleep 0.1; done");
    await operate(unit, "start");
    const { pid = 0 } = await status(unit);
    const action = { kind: "unit", operation: "stop", unit } as const;
    const result = await localPerformer().perform(makeStep("stop"), action, limits(3000));
    expect(result).toEqual({ kind: "changed", note: "killed: it did not end within 2.0s of TERM" });
    expect(isAlive(pid)).toBe(false);
  });

  it("sends the signal that the program wants", async () => {
    const unit = makeUnit("trap 'echo bye; exit 0' INT; echo up; while :; do sleep 0.1; done", {
      stopSignal: "INT",
    });
    await operate(unit, "start");
    expect(await operate(unit, "stop")).toEqual({ kind: "changed" });
    expect(await readFile(unit.log, "utf8")).toBe("up\nbye\n");
  });
});

describe("restart and reload", () => {
  it("replaces the process once", async () => {
    const unit = makeUnit(SLEEPER);
    await operate(unit, "start");
    const { identity: previous = "" } = await status(unit);
    expect(await operate(unit, "restart", { previous })).toEqual({ kind: "changed" });
    const { identity } = await status(unit);
    expect(identity).not.toBe(previous);
    expect(await operate(unit, "restart", { previous })).toMatchObject({ kind: "unchanged" });
    expect((await status(unit)).identity).toBe(identity);
  });

  it("starts what did not run", async () => {
    const unit = makeUnit(SLEEPER);
    expect(await operate(unit, "restart")).toEqual({ kind: "changed" });
    expect((await status(unit)).state).toBe("running");
  });

  it("sends HUP to the process", async () => {
    const unit = makeUnit("trap 'echo again' HUP; echo up; while :; do sleep 0.05; done");
    expect(await operate(unit, "reload")).toMatchObject({ kind: "failed" });
    await operate(unit, "start");
    expect(await operate(unit, "reload")).toEqual({ kind: "changed" });
    await expect.poll(() => readFile(unit.log, "utf8")).toBe("up\nagain\n");
  });
});

describe("the unit probe and many statuses", () => {
  it("answers for running, stopped and another start", async () => {
    const unit = makeUnit(SLEEPER);
    expect(await ask({ kind: "unit", unit, state: "stopped" })).toMatchObject({ holds: "yes" });
    await operate(unit, "start");
    const { identity: not = "" } = await status(unit);
    expect(await ask({ kind: "unit", unit, state: "running" })).toMatchObject({ holds: "yes" });
    expect(await ask({ kind: "unit", unit, state: "stopped" })).toMatchObject({ holds: "no" });
    expect(await ask({ kind: "unit", unit, state: "running", not })).toMatchObject({ holds: "no" });
    expect(await ask({ kind: "unit", unit, state: "running", not: "1:2:3" })).toMatchObject({ holds: "yes" });
  });

  it("answers for many units of a host in their order, by one command", async () => {
    const [running, never] = [makeUnit(SLEEPER), makeUnit(SLEEPER)];
    await operate(running, "start");
    let commands = 0;
    const counting = {
      ...connection,
      run: (...words: Parameters<typeof connection.run>) => {
        commands += 1;
        return connection.run(...words);
      },
    };
    const statuses = await unitStatuses(counting, [never, running, never], { timeout: 5000 });
    expect(statuses.map(({ state }) => state)).toEqual(["stopped", "running", "stopped"]);
    expect(commands).toBe(1);
  });
});

describe("a folder that cannot be looked into", () => {
  it.each(["a file in its way", "a file far above"])("%s leaves unknown what runs", async where => {
    const above = join(folder, "run");
    await writeFile(above, "");
    const unit = makeUnit(SLEEPER, {
      folder: where === "a file in its way" ? above : join(above, "lab/run"),
    });
    expect(await status(unit)).toMatchObject({ state: "unknown", evidence: expect.stringContaining(above) });
    for (const operation of ["stop", "reload"] as const) {
      expect(await operate(unit, operation)).toMatchObject({
        kind: "failed",
        reason: expect.any(String),
        output: expect.stringContaining("nobody can tell what runs"),
      });
    }
  });

  it("is told from one that is not there by an account without rights", async () => {
    const [closed, open] = [join(folder, "closed"), join(folder, "open")];
    await mkdir(join(closed, "run"), { recursive: true });
    await mkdir(open);
    await chmod(folder, 0o755);
    await chmod(closed, 0);
    const words = [join(closed, "run"), "one", join(open, "run"), "one"];
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const out = execFileSync("sh", ["-c", STATUS_SCRIPT, "status", ...words], {
      ...nobody,
      encoding: "utf8",
    });
    await chmod(closed, 0o700);
    expect(out).toBe("closed\nstopped\nend\n");
  });
});
