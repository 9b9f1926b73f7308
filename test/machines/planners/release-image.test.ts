import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldAttempts } from "../../../src/engine/attempts.ts";
import type { EngineEvent } from "../../../src/engine/events.ts";
import { gatesOfResume } from "../../../src/engine/gates-of-resume.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../../src/engine/performer.ts";
import {
  planImageDiscard,
  planImageRelease,
  planImageRollback,
} from "../../../src/machines/planners/release/image.ts";
import type { ImageBatch } from "../../../src/machines/planners/release/model.ts";
import { vmsOf, type Vm } from "../../../src/machines/vm.ts";
import { assembleHostPlan, hostStep } from "../../../src/plan/host-plan.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import type { Action, Plan, Probe, Step } from "../../../src/plan/model.ts";
import type { Part } from "../../../src/plan/sequence.ts";
import { planStart } from "../../../src/services/planners/start.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { attempt } from "../../helpers/simulated-world.ts";
import { hostTarget } from "../../transport/ssh/ssh-site.ts";
import { stormDeployment } from "../vms.ts";
import { vmRequest } from "./vm-request.ts";

const NAMES = ["web1", "web2", "web3", "web4", "db1"];
const SUMS = "a".repeat(64);
const deployment = stormDeployment(file =>
  file
    .replace(
      / {6}web1: .*\n/,
      '      web[1-4]: {at: cloud1, dc: DC0, role: web, vpn: "10.2.1.{n}1", vcpus: 1, ram: 2GB}\n',
    )
    .replace(
      /waiter: .*\n/,
      `nginx: {at: "@web"}
      haproxy: {at: cloud2, redirect_http: false}
    smoke:
      - {name: page, of: nginx, http: /}
      - {name: front, of: haproxy, command: [curl, front]}
`,
    ),
);
const vms = new Map(vmsOf(deployment).map(vm => [vm.name, vm]));
const vm = (name: string): Vm => {
  const found = vms.get(name);
  if (found === undefined) throw new Error(`no VM ${name}`);
  return found;
};
const request = vmRequest(NAMES, {
  deployment,
  images: new Map(NAMES.map(name => [name, "new-1"])),
  seen: new Map(NAMES.map(name => [name, { state: "running", made: true, used: 0 }])),
});

/** What smc does with the other hosts, as one step. */
function known(names: readonly string[]): Part {
  const steps = names.map(name =>
    hostStep({
      id: `tell ${name}`,
      title: `tell of ${name}`,
      kind: "tell",
      host: "cloud3",
      action: { kind: "run", argv: ["tell", name] },
      timeout: 1000,
    }),
  );
  const targets = [hostTarget(22, { name: "cloud3" })];
  const words = { command: [], deployment: "storm", targets, parallel: 1, administrator: undefined };
  return {
    name: "vpn",
    plan: assembleHostPlan({ ...words, now: request.now }, { steps, onFailure: "continue", reliesOn: "" }),
  };
}

function batch(...names: string[]): ImageBatch {
  const instances = deployment.instances.filter(({ host }) => names.includes(host));
  const services: Part = { name: "services", plan: planStart({ ...request, instances }) };
  return { vms: names.map(vm), settle: [known(names), services], resettle: [known(names)] };
}

const BATCHES = [batch("web1", "web2"), batch("web3", "web4"), batch("db1")];
const forward = planImageRelease(request, {
  images: new Map([["new-1", SUMS]]),
  bring: [],
  batches: BATCHES,
  smoke: deployment.smoke ?? [],
  wholeRound: false,
});
const back = planImageRollback(request, { batches: BATCHES, force: false });

interface SimulatedVm {
  runs: boolean;
  system: "old" | "new" | undefined;
  kept: boolean;
  seenWell: boolean;
}

/** Machines that do what the steps say, but for one that fails; what cannot be done with a VM as it is fails too. */
class Machines implements Performer {
  readonly vms: ReadonlyMap<string, SimulatedVm>;
  /** Instances that their clients do not reach. */
  readonly out = new Set<string>();
  readonly shutDowns: string[] = [];
  /** A VM whose first shutdown ends when nobody waits for it any more: at the next boot of another, say. */
  late: string | undefined;
  broken: string;
  readonly told = new Map<string, "old" | "new" | undefined>();
  interrupt: AbortController | undefined;
  /** One that has heard of its shutdown. */
  goesOff: SimulatedVm | undefined;
  /** Its controller is: nothing is done any more. */
  dead = false;

  constructor(broken = "", state: Partial<SimulatedVm> = {}) {
    this.broken = broken;
    this.vms = new Map(
      NAMES.map(name => [name, { runs: true, system: "old", kept: false, seenWell: false, ...state }]),
    );
  }

  async perform(one: Step, action: Action): Promise<ActionResult> {
    await Promise.resolve();
    if (this.dead) return { kind: "failed", reason: "dead" };
    if (one.id === this.broken) {
      this.interrupt?.abort();
      if (this.interrupt === undefined) return { kind: "failed", reason: "broken" };
    }
    const [, what = "", name = ""] = /^(?:.*: )?(.*) (\S+)$/.exec(one.id) ?? [];
    const found = this.vms.get(name);
    const why = found === undefined ? this.#service(one, action) : this.#act(what, name, found);
    return why === undefined ? { kind: "changed" } : { kind: "failed", reason: why };
  }

  #act(what: string, name: string, one: SimulatedVm): string | undefined {
    if (what === "shut down" && name === this.late) {
      this.late = undefined;
      this.goesOff = one;
      return "is still running";
    }
    if (what === "shut down" || what === "switch off") {
      if (this.goesOff === one) this.goesOff = undefined;
      one.runs = false;
      this.shutDowns.push(name);
    } else if (what === "keep") {
      if (one.runs || one.kept) return "not to be moved";
      Object.assign(one, { kept: true, system: undefined });
    } else if (what === "overlay") one.system ??= "new";
    else if (what === "start") {
      if (one.system === undefined) return "no system";
      one.runs = true;
    } else if (what === "put back" && one.kept) {
      if (one.runs) return "not to be moved";
      Object.assign(one, { kept: false, system: "old" });
    } else if (what === "note") one.seenWell = true;
    else if (what === "tell") this.told.set(name, one.system);
    else if (what === "discard") one.kept = false;
    return undefined;
  }

  #service({ id, instance = "", undo }: Step, action: Action): string | undefined {
    const host = this.vms.get(instance.split("@")[1] ?? "");
    if (id.startsWith("take out") && action !== undo) this.out.add(instance);
    if (id.includes("put back ") || action === undo) {
      if (host?.runs !== true) return `${instance} does not run`;
      this.out.delete(instance);
    }
    if (action.kind === "unit" && host?.runs === false) return "the host is off";
    return undefined;
  }

  async ask(one: Step, probe: Probe): Promise<ProbeAnswer> {
    await Promise.resolve();
    const found = this.vms.get(one.id.split(/[ @]/).at(-1) ?? "");
    const yes = !this.dead && found !== undefined && holds(found, probe);
    return { holds: yes ? "yes" : "no", evidence: "" };
  }
}

/** Whether what a step asks of its VM is so. */
function holds(vm: SimulatedVm, probe: Probe): boolean {
  if (probe.kind === "any") return probe.probes.some(one => holds(vm, one));
  if (probe.kind === "everywhere") return probe.asked.every(one => holds(vm, one.probe));
  const { runs, kept, system, seenWell } = vm;
  const words = probe.kind === "command" ? `${probe.argv.join(" ")} ${probe.stdout ?? ""}` : "";
  if (words.includes("domstate")) return words.includes("shut off") ? !runs : runs;
  if (words.includes("test ! -e /var/lib/smc/vms/.kept/")) return !kept;
  if (words.includes("cut -d ' ' -f 1,2")) return kept;
  if (words.includes("kept.note")) return seenWell;
  return words.includes("/root.qcow2") && system !== undefined;
}

/** What was written down until smc died: as the step began, or with what it does done. */
async function dies(
  plan: Plan,
  world: Machines,
  { at, done }: { at: string; done: boolean },
): Promise<EngineEvent[]> {
  const stop = new AbortController();
  const written: EngineEvent[] = [];
  const end = (): void => {
    world.dead = true;
    stop.abort();
  };
  const listener = (event: EngineEvent): void => {
    if (stop.signal.aborted) return;
    const here = "step" in event && event.step === at;
    if (here && done && event.type === "step-ended") return end();
    written.push(event);
    if (here && !done && event.type === "step-started") end();
  };
  await attempt(plan, world, { stop: stop.signal, listener });
  world.dead = false;
  return written;
}

async function carryOut(plan: Plan, world: Machines) {
  const drain = world.interrupt === undefined ? {} : { drain: world.interrupt.signal };
  return attempt(plan, world, drain);
}

const OLD = { runs: true, system: "old", kept: false, seenWell: false };
const NEW = { runs: true, system: "new", kept: true, seenWell: true };
const states = (world: Machines, names: readonly string[]) => names.map(name => world.vms.get(name));
/** The steps of a batch from the first that takes something away to the last that sees it well. */
const risky = (number: number): string[] => {
  const stage = BATCHES[number]?.vms.map(({ name }) => name).join(",");
  return forward.steps
    .filter(({ inHand, rescues, kind }) => inHand === stage && rescues === undefined && kind !== "note vm")
    .map(({ id }) => id);
};

describe("VMs that are made anew from another image", () => {
  it("are data: written as JSON and read back the plans are the same", () => {
    for (const plan of [forward, back, planImageDiscard(request)])
      expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });

  it("are all so at the end, with what they were kept aside, and their clients have them again", async () => {
    const world = new Machines();
    const { outcome } = await carryOut(forward, world);
    expect(outcome.kind).toBe("done");
    expect(states(world, NAMES)).toEqual(NAMES.map(() => NEW));
    expect([...world.out]).toEqual([]);
  });

  it("begin when every machine has the image whole, and a batch when the one before was seen well", () => {
    const verified = ["cloud1", "cloud2"].map(machine => `verify new-1 on ${machine}`);
    expect(ancestors(forward, "take out nginx@web1 at haproxy@cloud2")).toContain(verified[0]);
    expect(forward.steps.filter(({ id }) => id.startsWith("verify")).map(({ host }) => host)).toEqual([
      "cloud1",
    ]);
    const late = ancestors(forward, "take out nginx@web3 at haproxy@cloud2");
    for (const id of ["note web1", "note web2", "smoke 1 page nginx@web2", "smoke 1 front haproxy@cloud2"])
      expect(late).toContain(id);
  });

  it("are tested before a client is sent there, and what is in front of them afterwards", () => {
    expect(ancestors(forward, "put back nginx@web1 at haproxy@cloud2")).toContain("smoke 1 page nginx@web1");
    expect(ancestors(forward, "smoke 1 front haproxy@cloud2")).toContain(
      "put back nginx@web1 at haproxy@cloud2",
    );
    expect(ancestors(forward, "smoke 1 page nginx@web1")).not.toContain(
      "put back nginx@web2 at haproxy@cloud2",
    );
  });

  it("are not tested by what was seen stopped, nor by what a later batch is to mend", () => {
    const state = (word: "running" | "stopped" | "failed") => ({ state: word, identity: undefined });
    const observed = new Map([
      ["nginx@web1", state("stopped")],
      ["nginx@web2", state("running")],
      ["nginx@web3", state("failed")],
      ["haproxy@cloud2", state("stopped")],
    ]);
    const asked = (names: readonly string[][]): string[] => {
      const words = { images: new Map([["new-1", SUMS]]), bring: [], smoke: deployment.smoke ?? [] };
      const batches = names.map(one => batch(...one));
      const plan = planImageRelease({ ...request, observed }, { ...words, batches, wholeRound: true });
      return plan.steps.filter(({ kind }) => kind === "smoke test").map(({ id }) => id);
    };
    const round = ["smoke 0 page nginx@web2", "smoke 0 page nginx@web3", "smoke 0 page nginx@web4"];
    expect(asked([["db1"], ["web1"]])).toEqual(["smoke 1 page nginx@web2", ...round]);
    expect(asked([["web1"]])).toEqual(round);
  });

  it("are shut down when all of their batch were taken from their clients, their database drained", () => {
    expect(ancestors(forward, "shut down web1")).toContain("drained nginx@web2 at haproxy@cloud2");
    expect(ancestors(forward, "shut down db1")).toContain("before stop 1 cassandra@db1");
    expect(ancestors(forward, "keep db1")).toContain("ring before cassandra@db1");
    expect(ancestors(forward, "note db1")).toContain("ring after cassandra@db1");
  });

  it("are not shut down, nor is anything beside them, before all of the batch were taken from their clients", async () => {
    const world = new Machines("take out nginx@web1 at haproxy@cloud2");
    await carryOut(forward, world);
    expect(world.shutDowns).toEqual([]);
    const instances = request.instances.filter(({ host }) => host !== "web2");
    const words = {
      images: new Map([["new-1", SUMS]]),
      bring: [],
      batches: BATCHES,
      smoke: [],
      wholeRound: false,
    };
    const plan = planImageRelease({ ...request, instances }, words);
    expect(ancestors(plan, "shut down web2")).toContain("drained nginx@web1 at haproxy@cloud2");
  });

  it("go back as a whole batch wherever anything of it fails; earlier ones stay, later ones do not begin", async () => {
    for (const number of [0, 1, 2]) {
      const failing = fc.constantFrom(...risky(number));
      await fc.assert(
        fc.asyncProperty(failing, async broken => {
          const world = new Machines(broken);
          const { outcome } = await carryOut(forward, world);
          expect(outcome.kind).toBe("failed");
          const before = BATCHES.slice(0, number).flatMap(one => one.vms.map(({ name }) => name));
          expect(states(world, before)).toEqual(before.map(() => NEW));
          const rest = NAMES.filter(name => !before.includes(name));
          expect(states(world, rest)).toEqual(rest.map(() => OLD));
          expect([...world.out]).toEqual([]);
          // Who was told of a new key is told of the old one again.
          for (const name of rest) expect(world.told.get(name) ?? "old").toBe("old");
        }),
        { numRuns: 40 },
      );
    }
  });

  it("are off for certain before they are started again, where their shutdown was not seen to end", async () => {
    const world = new Machines();
    world.late = "web1";
    await carryOut(forward, world);
    if (world.goesOff !== undefined) world.goesOff.runs = false;
    expect(states(world, ["web1", "web2"])).toEqual([OLD, OLD]);
    expect([...world.out]).toEqual([]);
  });

  it("are seen by the whole ring when they are back in it", () => {
    expect(ancestors(forward, "way back 3: ring after cassandra@db1")).toContain(
      "way back 3: ready cassandra@db1",
    );
  });

  it("are not shut down on the way back of a batch that had only begun to stop", async () => {
    const world = new Machines("stop cassandra@db1");
    await carryOut(forward, world);
    expect(world.shutDowns).not.toContain("db1");
  });

  it("run what they ran on their way back as a new process, or as the one that the boot began", () => {
    const observed = new Map([
      ["cassandra@db1", { state: "running" as const, identity: "one" }],
      ["nginx@web1", { state: "failed" as const, identity: undefined }],
    ]);
    const plan = planImageRollback(
      { ...request, observed },
      { batches: [batch("db1"), batch("web1")], force: false },
    );
    expect(step(plan, "start cassandra@db1").action).toMatchObject({ operation: "restart", previous: "one" });
    // What had failed before is started, and keeps nothing from its clients.
    expect(step(plan, "start nginx@web1").action).toMatchObject({ operation: "start" });
    expect(plan.steps.map(({ id }) => id)).not.toContain("ready nginx@web1");
    expect(step(plan, "put back nginx@web1 at haproxy@cloud2").needs).toEqual(["ready web1"]);
  });

  it("are all new or all old of a batch when the operator interrupts, and no other batch begins", async () => {
    const failing = fc.constantFrom(...risky(1));
    await fc.assert(
      fc.asyncProperty(failing, async at => {
        const world = new Machines(at);
        world.interrupt = new AbortController();
        await carryOut(forward, world);
        expect(states(world, ["web1", "web2", "web3", "web4"])).toEqual([NEW, NEW, NEW, NEW]);
        expect(states(world, ["db1"])).toEqual([OLD]);
        expect([...world.out]).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it.each(
    forward.steps
      .filter(({ rescues }) => rescues === undefined)
      .flatMap(({ id }) => [
        { at: id, done: false },
        { at: id, done: true },
      ]),
  )("are all so after smc resume when smc died at $at (done: $done), each shut down once", async death => {
    const world = new Machines();
    const earlier = foldAttempts(forward, await dies(forward, world, death));
    const { outcome } = await attempt(forward, world, { earlier });
    expect(outcome.kind).toBe("done");
    expect(states(world, NAMES)).toEqual(NAMES.map(() => NEW));
    expect([...world.out]).toEqual([]);
    expect(world.shutDowns.toSorted()).toEqual(NAMES.toSorted());
  });

  it.each(
    forward.steps
      .filter(({ rescues }) => rescues?.includes("ready web3"))
      .flatMap(({ id }) => [
        { at: id, done: false },
        { at: id, done: true },
      ]),
  )("are all so after smc resume when smc died on the way back at $at (done: $done)", async death => {
    const world = new Machines("ready web3");
    const earlier = foldAttempts(forward, await dies(forward, world, death));
    world.broken = "";
    const { outcome } = await attempt(forward, world, { earlier });
    expect(outcome.kind).toBe("done");
    expect(states(world, NAMES)).toEqual(NAMES.map(() => NEW));
    expect([...world.out]).toEqual([]);
  });

  it("wait after smc resume for no node that was on its way down, behind a gate that asks the others", async () => {
    const world = new Machines();
    const written = await dies(forward, world, { at: "before stop 1 cassandra@db1", done: false });
    const gates = gatesOfResume(forward, foldAttempts(forward, written));
    expect(JSON.stringify(gates.get("ring before cassandra@db1")?.action)).toContain('"away":["10.2.1.2"]');
  });

  it("wait after smc resume for no node whose way back was cut off, and for one that was seen back", async () => {
    const away = async (at: string): Promise<string> => {
      const written = await dies(forward, new Machines("ready db1"), { at, done: false });
      const gates = gatesOfResume(forward, foldAttempts(forward, written));
      return JSON.stringify(gates.get("ring before cassandra@db1")?.action ?? "as planned");
    };
    expect(await away("way back 3: start db1")).toContain('"away":["10.2.1.2"]');
    expect(await away("way back 3: ring after cassandra@db1")).not.toContain('"away":["10.2.1.2"]');
  });

  it("are paused between batches", async () => {
    const world = new Machines();
    const { outcome } = await attempt(forward, world, {
      pause: begun => (begun >= 2 ? "enough" : undefined),
    });
    expect(outcome.kind).toBe("paused");
    expect(states(world, NAMES)).toEqual([NEW, NEW, OLD, OLD, OLD]);
  });

  it("are what they were before again after a rollback", async () => {
    const world = new Machines("", { system: "new", kept: true, seenWell: true });
    const { outcome } = await carryOut(back, world);
    expect(outcome.kind).toBe("done");
    expect(states(world, NAMES)).toEqual(NAMES.map(() => ({ ...OLD, seenWell: true })));
    expect([...world.out]).toEqual([]);
    expect(NAMES.map(name => world.told.get(name))).toEqual(NAMES.map(() => "old"));
    expect(back.steps.some(({ kind }) => kind === "smoke test")).toBe(false);
  });

  it.each(
    back.steps.flatMap(({ id }) => [
      { at: id, done: false },
      { at: id, done: true },
    ]),
  )("are so after smc resume when smc died on the rollback at $at (done: $done)", async death => {
    const world = new Machines("", { system: "new", kept: true, seenWell: true });
    const earlier = foldAttempts(back, await dies(back, world, death));
    const { outcome } = await attempt(back, world, { earlier });
    expect(outcome.kind).toBe("done");
    expect(states(world, NAMES)).toEqual(NAMES.map(() => ({ ...OLD, seenWell: true })));
    expect([...world.out]).toEqual([]);
    expect(world.shutDowns.toSorted()).toEqual(NAMES.toSorted());
  });

  it("serve again though one of the others was not told of them, and no further batch goes back then", async () => {
    const world = new Machines("vpn 1: tell web1", { system: "new", kept: true, seenWell: true });
    const { outcome } = await carryOut(back, world);
    expect(outcome.kind).toBe("failed");
    expect(states(world, ["web1", "web2"])).toEqual([OLD, OLD].map(one => ({ ...one, seenWell: true })));
    expect([...world.out]).toEqual([]);
    expect(states(world, ["web3", "db1"])).toEqual([NEW, NEW]);
  });

  it("go back though another VM of the batch does not shut down", async () => {
    const world = new Machines("shut down web1", { system: "new", kept: true, seenWell: true });
    await carryOut(back, world);
    expect(states(world, ["web1", "web2"])).toEqual([NEW, { ...OLD, seenWell: true }]);
    expect([...world.out]).toEqual(["nginx@web1"]);
    expect(world.told.get("web2")).toBe("old");
  });

  it("wait for nothing that was seen stopped", () => {
    const observed = new Map([["nginx@web1", { state: "stopped" as const, identity: undefined }]]);
    const plan = planImageRollback({ ...request, observed }, { batches: [batch("web1")], force: false });
    expect(plan.steps.map(({ id }) => id)).not.toContain("ready nginx@web1");
    expect(step(back, "ready nginx@web1").action.kind).toBe("wait");
  });
});
