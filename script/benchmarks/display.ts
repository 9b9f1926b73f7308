import { setTimeout as delay } from "node:timers/promises";
import type { EngineEvent, EventListener } from "../../src/engine/events.ts";
import type { Plan, Step } from "../../src/plan/model.ts";
import { createReport } from "../../src/report/create.ts";

/**
 * CPU of the display for a run on many hosts, in seconds: the same events with and without a report on a terminal.
 * Each host takes four steps and answers five times while it waits; all hosts are under way at once, a few fail.
 */
const HOSTS = Number(process.argv[2] ?? 300);
const ALLOWED = 1;
const KINDS = ["push hub", "put hub config", "start hub", "check hub"];

const terminal = {
  bytes: 0,
  isTTY: true,
  columns: 120,
  rows: 40,
  on: () => {},
  write(text: string) {
    this.bytes += text.length;
    return true;
  },
};

const plan = planOf();
await cpuOf(async () => {
  await play(() => {});
});
const without = await cpuOf(() => play(() => {}));
const shown = await cpuOf(async () => {
  const report = createReport({
    io: { stdout: terminal, stderr: terminal, env: {} },
    global: { json: false, quiet: false, verbose: false, color: true },
  });
  await play(report.listener);
  await report.end();
});
const cost = shown - without;
console.log(`${HOSTS} hosts, ${plan.steps.length} steps: ${(terminal.bytes / 1024).toFixed(0)} kB drawn`);
console.log(`display ${cost.toFixed(2)} s of CPU (${shown.toFixed(2)} with, ${without.toFixed(2)} without)`);
console.log(`at most ${ALLOWED} s allowed`);
process.exitCode = cost <= ALLOWED ? 0 : 1;

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function play(listener: EventListener): Promise<void> {
  const startedAt = Date.now();
  listener({ type: "run-started", run: "bench", plan, at: startedAt, resumed: false });
  for (const kind of KINDS) {
    await Promise.all(
      plan.steps.filter(step => step.kind === kind).map((step, index) => playStep(listener, { step, index })),
    );
  }
  const counts = { changed: plan.steps.length, unchanged: 0, failed: 0, blocked: 0, notStarted: 0 };
  const duration = Date.now() - startedAt;
  listener({
    type: "run-ended",
    run: "bench",
    outcome: { kind: "failed", counts, duration },
    at: Date.now(),
  });
}

async function playStep(
  listener: EventListener,
  { step, index }: { step: Step; index: number },
): Promise<void> {
  const startedAt = Date.now();
  listener({ type: "step-started", step: step.id, host: step.host, at: startedAt });
  for (let answer = 1; answer <= 5; answer++) {
    await delay(200 + (index % 40) * 10);
    const elapsed = Date.now() - startedAt;
    listener({
      type: "step-waiting",
      step: step.id,
      evidence: `port refused, try ${answer}`,
      elapsed,
      at: Date.now(),
    });
  }
  const end: Extract<EngineEvent, { type: "step-ended" }> = {
    type: "step-ended",
    step: step.id,
    outcome: index % 50 === 0 ? { kind: "failed", reason: `exit ${index}` } : { kind: "changed" },
    duration: Date.now() - startedAt,
    at: Date.now(),
  };
  listener(end);
}

function planOf(): Plan {
  const hosts = Array.from({ length: HOSTS }, (_, index) => `web${index + 1}`);
  return {
    version: 1,
    command: ["start", "hub"],
    deployment: "bench",
    createdAt: new Date(0).toISOString(),
    hosts: {},
    limits: { total: HOSTS, perHost: 1, turns: {} },
    onFailure: "continue",
    relies: { inventory: "", instances: {} },
    steps: KINDS.flatMap(kind => hosts.map(host => stepOf(kind, host))),
  };
}

function stepOf(kind: string, host: string): Step {
  const action = { kind: "run", argv: ["true"] } as const;
  return {
    id: `${kind}@${host}`,
    title: `${kind} on ${host}`,
    kind,
    host,
    action,
    needs: [],
    after: [],
    timeout: 60_000,
  };
}
