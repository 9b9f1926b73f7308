import { describe, expect, it } from "vitest";
import { systemdUnitFile } from "../../src/services/systemd-unit.ts";
import { mountsOf } from "../../src/services/mounts.ts";
import { planStart } from "../../src/services/planners/start.ts";
import { beginPlanning } from "../../src/services/planners/request.ts";
import { planVmStart } from "../../src/machines/planners/start.ts";
import { vmRequest } from "../machines/planners/vm-request.ts";
import { stormDeployment, vmNamed } from "../machines/vms.ts";

const onItsDisk = stormDeployment(file =>
  file.replace("seeds: [db1]", "seeds: [db1], data_dir: /mnt/cassandra/node"),
);
const elsewhere = (path: string) => ({ folders: [{ path, mode: 0o755 }] });

describe("the disks of a VM that an instance keeps something on", () => {
  it.each([
    ["/mnt/snap", ["/mnt/snap"]],
    ["/mnt/snap/snap0", ["/mnt/snap"]],
    ["/mnt/snapshots", []],
    ["/var/lib/smc", []],
  ])("are told by its folders: %s", (path, mounts) => {
    expect(mountsOf(vmNamed("web1").host, elsewhere(path))).toEqual(mounts);
  });

  it("are asked for before anything is written, and at every boot before the program", () => {
    const request = vmRequest(["db1"], { deployment: onItsDisk });
    const plan = planStart(request);
    const guard = plan.steps.find(({ id }) => id === "mounted /mnt/cassandra cassandra@db1");
    expect(JSON.stringify(guard?.action)).toContain("mountpoint -q");
    expect(plan.steps.find(({ id }) => id === "folders cassandra@db1")?.needs).toContain(guard?.id);
    const [instance] = request.instances;
    if (instance === undefined) throw new Error("db1 has no node");
    const planned = beginPlanning(request).render(instance);
    expect(systemdUnitFile(planned)).toContain("\nRequiresMountsFor=/mnt/cassandra\n");
  });

  it("are waited for by a VM that starts, all of them", () => {
    const ready = planVmStart(vmRequest(["web1"])).steps.find(({ id }) => id === "ready web1");
    expect(JSON.stringify(ready?.action)).toMatch(/mountpoint -q.*\/mnt\/snap.*\/mnt\/raw/);
  });
});
