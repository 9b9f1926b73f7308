import { describe, expect, it } from "vitest";
import { planVmDestroy } from "../../../src/machines/planners/destroy.ts";
import { planVmResize } from "../../../src/machines/planners/resize.ts";
import { planVmRestart } from "../../../src/machines/planners/restart.ts";
import { planVmStart } from "../../../src/machines/planners/start.ts";
import { planVmStop } from "../../../src/machines/planners/stop.ts";
import type { SeenVm } from "../../../src/machines/seen.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import type { Plan, Step } from "../../../src/plan/model.ts";
import { vmRequest } from "./vm-request.ts";

const KEEP = { allowLoss: false, force: false };

const seen = (state: SeenVm["state"]): SeenVm => ({ state, made: true, used: 0 });
const step = (plan: Plan, id: string): Step => {
  const found = plan.steps.find(candidate => candidate.id === id);
  if (found === undefined) throw new Error(`no step ${id} among ${plan.steps.map(one => one.id).join(", ")}`);
  return found;
};
const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);

/** Everything that must have succeeded before a step, however far back. */
function before(plan: Plan, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void =>
    step(plan, name).needs.forEach(need => {
      if (found.has(need)) return;
      found.add(need);
      visit(need);
    });
  visit(id);
  return found;
}

describe("every plan about VMs", () => {
  const names = ["db1", "web1"];
  it.each([
    planVmStart(vmRequest(names)),
    planVmStop(vmRequest(names), { ...KEEP, allowLoss: true }),
    planVmRestart(vmRequest(names), KEEP),
    planVmResize(vmRequest(names)),
    planVmDestroy(vmRequest(names), { ...KEEP, allowLoss: true, withDisks: true }),
  ])("is data: written as JSON and read back it is the same", plan => {
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    expect(JSON.stringify(plan)).not.toContain("BEGIN OPENSSH");
  });
});

describe("the start of VMs", () => {
  it("makes a VM on its machine, starts it when all of it is there, and waits at the VM itself", () => {
    const plan = planVmStart(vmRequest(["web1"], { images: new Map([["web1", "salvus-7"]]) }));
    expect(step(plan, "start web1")).toMatchObject({
      host: "cloud1",
      action: { kind: "run", runAs: "root" },
    });
    expect(before(plan, "start web1")).toEqual(new Set(ids(plan).slice(0, -2)));
    expect(step(plan, "ready web1")).toMatchObject({
      host: "web1",
      needs: ["start web1"],
      action: { log: { host: "cloud1", path: "/var/lib/smc/vms/web1/console.log", runAs: "root" } },
    });
    expect(step(plan, "overlay web1").title).toBe("lay web1 over the image salvus-7");
    expect(JSON.stringify(step(plan, "overlay web1").action)).toContain("/var/lib/smc/images/salvus-7");
  });

  it("makes no disk of a device, and none that is there already", () => {
    const plan = planVmStart(vmRequest(["web1"]));
    expect(ids(plan).filter(id => id.startsWith("disk"))).toEqual(["disk snap of web1"]);
    expect(step(plan, "disk snap of web1").done).toEqual({
      kind: "command",
      argv: ["test", "-e", "/var/lib/smc/disks/web1/snap.img"],
      runAs: "root",
    });
  });

  it("takes the accelerator that was seen to work", () => {
    const domain = (plan: Plan): string => JSON.stringify(step(plan, "write domain of web1").action);
    expect(domain(planVmStart(vmRequest(["web1"])))).toContain('<domain type=\\"kvm\\">');
    const slow = vmRequest(["web1"], { accelerators: new Map([["cloud1", "qemu"]]) });
    expect(domain(planVmStart(slow))).toContain('<domain type=\\"qemu\\">');
  });
});

describe("the stop of VMs", () => {
  it("drains and stops a database before its VM", () => {
    const plan = planVmStop(vmRequest(["db1", "db2", "db3"]), KEEP);
    expect(before(plan, "shut down db1")).toContain("stop cassandra@db1");
    expect(before(plan, "shut down db1")).toContain("before stop 1 cassandra@db1");
    expect(before(plan, "shut down db1")).not.toContain("stop cassandra@db2");
  });

  it("is refused where more nodes would be down than clients can do without", () => {
    expect(() => planVmStop(vmRequest(["db1", "db2"]), KEEP)).toThrow(
      "would leave 1 of 3 cassandra instances",
    );
    expect(ids(planVmStop(vmRequest(["db1", "db2"]), { ...KEEP, allowLoss: true }))).toContain(
      "shut down db2",
    );
  });

  it("asks nothing of what is on a VM that is off", () => {
    const plan = planVmStop(vmRequest(["web1"], { seen: new Map([["web1", seen("shut off")]]) }), KEEP);
    expect(ids(plan)).toEqual(["shut down web1"]);
  });

  it("passes over services that cannot be asked only with force, and cuts the power only then", () => {
    const hung = vmRequest(["web1"], {
      observed: new Map([["waiter@web1", { state: "unknown", identity: undefined }]]),
    });
    expect(ids(planVmStop(hung, KEEP))).toEqual(["stop waiter@web1", "shut down web1"]);
    expect(JSON.stringify(planVmStop(hung, KEEP))).not.toContain("v destroy");
    const forced = planVmStop(hung, { ...KEEP, force: true });
    expect(ids(forced)).toEqual(["shut down web1"]);
    expect(JSON.stringify(forced)).toContain("v destroy");
  });
});

describe("the restart of VMs", () => {
  it("takes VMs of a ring one after the other, each only when the one before answers again", () => {
    const plan = planVmRestart(vmRequest(["db1", "db2"]), KEEP);
    const late = before(plan, "stop cassandra@db2");
    for (const id of [
      "shut down db1",
      "start db1",
      "ready db1",
      "ready cassandra@db1",
      "ring after cassandra@db1",
    ])
      expect(late).toContain(id);
    expect(before(plan, "stop cassandra@db1")).toContain("ring before cassandra@db1");
    expect(step(plan, "start db1").needs).toEqual(["shut down db1"]);
    expect(plan.onFailure).toBe("halt");
  });

  it("refuses several nodes of a ring at once that nobody asked", () => {
    expect(() => planVmRestart(vmRequest(["db1", "db2"], { parallel: true }), KEEP)).toThrow(
      "which nodes may go at once",
    );
  });

  it("waits afterwards for what was seen to run, and for nothing else", () => {
    const stopped = vmRequest(["web1"], {
      observed: new Map([["waiter@web1", { state: "stopped", identity: undefined }]]),
    });
    expect(ids(planVmRestart(stopped, KEEP))).not.toContain("ready waiter@web1");
    expect(ids(planVmRestart(vmRequest(["web1"]), KEEP))).toContain("ready waiter@web1");
  });
});

describe("the end of a VM", () => {
  it("leaves the persistent disks unless they were asked for", () => {
    const keeping = planVmDestroy(vmRequest(["web1"]), { ...KEEP, withDisks: false });
    expect(JSON.stringify(keeping.steps.map(({ action }) => action))).not.toContain("/var/lib/smc/disks");
    const all = planVmDestroy(vmRequest(["web1"]), { ...KEEP, withDisks: true });
    expect(step(all, "remove the disks of web1").needs).toEqual(["undefine web1"]);
  });

  it("removes files only when libvirt has forgotten the VM, which it does only when that is off", () => {
    const plan = planVmDestroy(vmRequest(["web1"]), { ...KEEP, withDisks: true });
    expect(before(plan, "undefine web1")).toContain("shut down web1");
    expect(before(plan, "remove the system of web1")).toContain("undefine web1");
  });
});
