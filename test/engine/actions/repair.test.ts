import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ActionResult, ProbeAnswer } from "../../../src/engine/performer.ts";
import type { Prober } from "../../../src/engine/registry.ts";
import type { Probe, RepairAction } from "../../../src/plan/model.ts";
import { repairLedger, type RepairLedger } from "../../../src/state/repair-ledger.ts";
import { repairOf } from "../../helpers/repair-action.ts";
import { makeStep } from "../../helpers/make-plan.ts";
import { limits, localPerformer, makeFolder, removeFolder } from "../../helpers/work.ts";

const IDLE: ProbeAnswer = { holds: "yes", evidence: "no repair is under way" };
const AS_PLANNED: ProbeAnswer = { holds: "yes", evidence: "2 nodes, as they were" };
const BUSY: ProbeAnswer = { holds: "no", evidence: "validates site.hub (12%, 300 partitions)" };
const AT = "[2026-11-27 04:49:06,141] ";
const START = `${AT}Starting repair command #2 (e02c8040-ea1d-11f1-8722-a96c2accccad), repairing keyspace site with repair options (parallelism: parallel, # of ranges: 1)`;
const SUCCESS = [
  START,
  `${AT}Repair session e03e3380-ea1d-11f1-8722-a96c2accccad for range [($3,$5]] finished (progress: 50%)`,
  `${AT}Repair completed successfully`,
  `${AT}Repair command #2 finished in 0 seconds`,
].join("\n");
const FAILURE = [
  START,
  `${AT}Repair command #2 failed with error Endpoint not alive: /127.0.0.3:7000`,
  `${AT}Repair command #2 finished with error`,
].join("\n");
let folder = "";
let ledger: RepairLedger;
beforeEach(async () => {
  folder = await makeFolder();
  ledger = repairLedger({ stateDirectory: folder, deployment: "test", run: "20261127T044900-ab12" });
});
afterEach(() => removeFolder(folder));

describe("repair", () => {
  it("is done when nodetool and its lines prove it, and writes down what was repaired", async () => {
    const before = Date.now();
    expect(await repair({ nodetool: `cat <<X\n${SUCCESS}\nX` })).toEqual({ kind: "changed" });
    const [entry, ...others] = await ledger.entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      keyspace: "site",
      tables: [],
      ranges: [{ after: "0", upTo: "10" }],
      replicas: ["host1", "host2"],
      mode: "full",
      run: "20261127T044900-ab12",
    });
    expect(Date.parse(entry?.start ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(entry?.end ?? "")).toBeGreaterThanOrEqual(Date.parse(entry?.start ?? ""));
  });

  it("does not repeat what the ledger has, but for other tables, and from before the plan", async () => {
    const nodetool = `echo x >>calls; cat <<X\n${SUCCESS}\nX`;
    await repair({ nodetool });
    const action = { since: new Date(Date.now() - 60_000).toISOString() };
    expect(await repair({ nodetool, action })).toMatchObject({ kind: "unchanged" });
    expect(await repair({ nodetool, action: { ...action, tables: ["hub"] } })).toEqual({ kind: "changed" });
    expect(await repair({ nodetool, action: { ...action, mode: "incremental" } })).toEqual({
      kind: "changed",
    });
    expect(
      await repair({ nodetool, action: { since: new Date(Date.now() + 1).toISOString() } }),
    ).toMatchObject({
      kind: "changed",
    });
    expect(await calls()).toBe(4);
  });

  it("goes on after the commands of a job that were done", async () => {
    const nodetool = `echo x >>calls; [ "$(wc -l <calls)" = 2 ] && exit 1; cat <<X\n${SUCCESS}\nX`;
    const action = { commands: [commandFor("0", "10"), commandFor("10", "20")], attempts: 1 };
    expect(await repair({ nodetool, action })).toMatchObject({ kind: "failed" });
    expect(await repair({ nodetool, action })).toEqual({ kind: "changed" });
    expect(await calls()).toBe(3);
  });

  it("tries again what failed, so often and no more, and then tells why", async () => {
    const result = await repair({ nodetool: `echo x >>calls; cat <<X\n${FAILURE}\nX\nexit 2` });
    expect(result).toMatchObject({
      kind: "failed",
      reason: "not repaired after 3 attempts: Endpoint not alive: /127.0.0.3:7000",
    });
    expect(await calls()).toBe(3);
    expect(await ledger.entries()).toEqual([]);
  });

  it("is done when a later attempt is", async () => {
    const nodetool = `echo x >>calls; [ "$(wc -l <calls)" = 2 ] && cat <<X && exit 0\n${SUCCESS}\nX\nexit 2`;
    expect(await repair({ nodetool })).toEqual({ kind: "changed" });
    expect(await calls()).toBe(2);
  });

  it("claims no success from an exit code alone, or from lines that it cannot read", async () => {
    for (const nodetool of ["exit 0", "echo all is well", `cat <<X\n${START}\nX`]) {
      const result = await repair({ nodetool, action: { attempts: 1 } });
      expect([nodetool, result]).toEqual([
        nodetool,
        expect.objectContaining({
          kind: "failed",
          reason: expect.stringMatching(/^(whether it was repaired is unknown|not repaired)/) as string,
        }),
      ]);
    }
    expect(await ledger.entries()).toEqual([]);
  });

  it("records nothing when other ranges were repaired than the plan has, and does not try again", async () => {
    const nodetool = `echo x >>calls; set -- repair -st 0 -et 5; cat <<X\n${SUCCESS}\nX`;
    expect(await repair({ nodetool })).toMatchObject({
      kind: "failed",
      reason:
        "not repaired: other ranges were repaired than (0, 10]: the ring is another than the plan was made for",
    });
    expect(await calls()).toBe(1);
    expect(await ledger.entries()).toEqual([]);
  });

  it("claims none while a node still validates or streams", async () => {
    const answers = [IDLE, IDLE];
    const result = await repair({
      nodetool: `cat <<X\n${SUCCESS}\nX`,
      action: { attempts: 1, patience: 300 },
      noRepair: () => answers.shift() ?? BUSY,
    });
    expect(result).toMatchObject({
      kind: "failed",
      reason: "whether it was repaired is unknown: replicas still validate or stream for it",
      hint: "ending nodetool does not end a repair: it may go on on the nodes host[1-2]",
    });
  });

  it("does not begin while another repair is under way, and waits for it no longer than it should", async () => {
    const nodetool = `echo x >>calls; cat <<X\n${SUCCESS}\nX`;
    const result = await repair({ nodetool, action: { patience: 300 }, noRepair: () => BUSY });
    expect(result).toMatchObject({ kind: "failed" });
    expect(result.kind === "failed" && result.reason).toMatch(
      /^not repaired: another repair is under way after .*: host1: validates site.hub \(12%, 300 partitions\); host2: validates/,
    );
    expect(await calls()).toBe(0);
  });

  it("begins once the other repair is over", async () => {
    const answers = [BUSY, IDLE];
    const nodetool = `cat <<X\n${SUCCESS}\nX`;
    const result = await repair({ nodetool, noRepair: () => answers.shift() ?? IDLE });
    expect(result).toEqual({ kind: "changed" });
    expect(answers).toEqual([]);
  });

  it("begins nothing more when the ring is another than it was planned for, and says how to plan anew", async () => {
    const result = await repair({
      nodetool: "echo x >>calls",
      action: { since: "2026-11-27T04:00:00.000Z" },
      layout: () => ({ holds: "no", evidence: "it has 4 nodes now" }),
    });
    expect(result).toMatchObject({
      kind: "failed",
      reason: "not repaired: the ring has changed since the repair was planned: it has 4 nodes now",
      hint: "the same words with --since 2026-11-27T04:00:00.000Z plan it anew, without what was repaired already",
    });
    expect(await calls()).toBe(0);
  });

  it("asks again when nobody could tell whether the ring is as it was", async () => {
    const answers: ProbeAnswer[] = [{ holds: "unknown", evidence: "connection refused" }];
    const nodetool = `cat <<X\n${SUCCESS}\nX`;
    const result = await repair({ nodetool, layout: () => answers.shift() ?? AS_PLANNED });
    expect(result).toEqual({ kind: "changed" });
    expect(answers).toEqual([]);
  });

  it("repeats what the ledger has of other nodes: ranges that went to another node are another matter", async () => {
    const nodetool = `echo x >>calls; cat <<X\n${SUCCESS}\nX`;
    const since = new Date(Date.now() - 60_000).toISOString();
    await repair({ nodetool, action: { since } });
    const [first] = repairOf(["host1", "host2"]).replicas;
    await repair({ nodetool, action: { since, replicas: first === undefined ? [] : [first] } });
    expect(await calls()).toBe(2);
  });

  it("leaves the nodes in peace in proportion to their work, and had written it down before", async () => {
    const waits: string[] = [];
    const stop = new AbortController();
    const running = repair({
      nodetool: `sleep 0.2; cat <<X\n${SUCCESS}\nX`,
      action: { rest: 1000 },
      stop: stop.signal,
      waiting: evidence => waits.push(evidence),
    });
    await expect
      .poll(() => waits.at(-1), { timeout: 20_000 })
      .toMatch(/^repaired; leaves the nodes in peace for \d+m/);
    expect(await ledger.entries()).toHaveLength(1);
    stop.abort();
    expect(await running).toEqual({ kind: "changed" });
  });

  it("does not begin while a node cannot be asked", async () => {
    const result = await repair({
      nodetool: "echo x >>calls",
      action: { attempts: 2 },
      noRepair: (_, host) => (host === 2 ? { holds: "unknown", evidence: "connection refused" } : IDLE),
    });
    expect(result).toMatchObject({
      kind: "failed",
      reason: "not repaired after 2 attempts: a node cannot be asked what it does: host2: connection refused",
    });
    expect(await calls()).toBe(0);
  });

  it("ends nodetool when nothing moves, and says that the nodes may go on", async () => {
    const began = Date.now();
    const result = await repair({ nodetool: "exec sleep 60", action: { stall: 400, attempts: 1 } });
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(result.kind === "failed" && result.reason).toContain(
      "nothing has moved for 400ms, so nodetool was ended",
    );
    expect(result.kind === "failed" && result.hint).toContain("ending nodetool does not end a repair");
  });

  it("still says so when the nodes are at it too long for another attempt", async () => {
    const answers = [IDLE, IDLE];
    const result = await repair({
      nodetool: "exec sleep 60",
      action: { stall: 400, attempts: 2, patience: 300 },
      noRepair: () => answers.shift() ?? BUSY,
    });
    expect(result.kind === "failed" && result.reason).toMatch(
      /^not repaired after 2 attempts: another repair/,
    );
    expect(result.kind === "failed" && result.hint).toContain("ending nodetool does not end a repair");
  });

  it("lets nodetool be as long as something moves", async () => {
    let looks = 0;
    const moving = (): ProbeAnswer => {
      looks += 1;
      if (looks <= 2 || existsSync(join(folder, "ended"))) return IDLE;
      return { holds: "no", evidence: `streams (${looks} bytes)` };
    };
    const nodetool = `sleep 2; touch ended; cat <<X\n${SUCCESS}\nX`;
    const action = { stall: 500, attempts: 1 };
    expect(await repair({ nodetool, action, noRepair: moving })).toEqual({ kind: "changed" });
  });

  it("says what goes on when it is stopped in the middle, and claims nothing", async () => {
    const stop = new AbortController();
    const running = repair({ nodetool: "touch begun; exec sleep 60", stop: stop.signal });
    await expect.poll(() => readFile(join(folder, "begun"), "utf8").catch(() => "no")).toBe("");
    stop.abort();
    expect(await running).toMatchObject({
      kind: "failed",
      reason:
        "stopped: whether it was repaired is unknown; ending nodetool does not end a repair: it may go on on the nodes host[1-2]",
    });
    expect(await ledger.entries()).toEqual([]);
  });
});

interface RepairWords {
  /** What nodetool does: lines of a shell script. */
  nodetool: string;
  action?: Partial<RepairAction>;
  /** What a node answers to the question whether a repair is under way; by the number of its host. */
  noRepair?: (probe: Extract<Probe, { kind: "no-repair" }>, host: number) => ProbeAnswer;
  /** What a node answers to the question whether the ring is as it was. */
  layout?: () => ProbeAnswer;
  stop?: AbortSignal;
  waiting?: (evidence: string) => void;
}

async function repair(words: RepairWords): Promise<ActionResult> {
  const path = join(folder, "nodetool");
  await writeFile(path, `#!/bin/sh\ncd "$(dirname "$0")"\n${words.nodetool}\n`);
  await chmod(path, 0o755);
  const answer = words.noRepair ?? ((): ProbeAnswer => IDLE);
  const noRepair: Prober<Extract<Probe, { kind: "no-repair" }>> = probe =>
    Promise.resolve(answer(probe, probe.endpoint.port));
  const layout = (): Promise<ProbeAnswer> =>
    Promise.resolve((words.layout ?? ((): ProbeAnswer => AS_PLANNED))());
  const performer = localPerformer({ ledger, hosts: ["host2"], probers: { "no-repair": noRepair, layout } });
  const action: RepairAction = {
    ...repairOf(["host1", "host2"]),
    commands: [commandFor("0", "10")],
    since: new Date(Date.now() - 1000).toISOString(),
    ...words.action,
  };
  const within = limits(30_000);
  const signal = words.stop === undefined ? within.signal : AbortSignal.any([within.signal, words.stop]);
  const waiting = words.waiting ?? within.waiting;
  return performer.perform(makeStep("repair"), action, { ...within, signal, waiting });
}

function commandFor(after: string, upTo: string): RepairAction["commands"][number] {
  return {
    argv: [join(folder, "nodetool"), "repair", "-st", after, "-et", upTo, "site"],
    ranges: [{ after, upTo }],
  };
}

/** How often nodetool was called. */
async function calls(): Promise<number> {
  const text = await readFile(join(folder, "calls"), "utf8").catch(() => "");
  return text.split("\n").length - 1;
}
