import { chmod, mkdir, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { uuidOf } from "../../../src/machines/identity.ts";
import { planVmDestroy } from "../../../src/machines/planners/destroy.ts";
import { planVmResize } from "../../../src/machines/planners/resize.ts";
import { planVmStart } from "../../../src/machines/planners/start.ts";
import { planVmStop } from "../../../src/machines/planners/stop.ts";
import type { Plan } from "../../../src/plan/model.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { attempt, type CommandOutcome } from "../../lab/harness/command.ts";
import { vmNamed } from "../vms.ts";
import { vmRequest } from "./vm-request.ts";

const OWN = uuidOf(vmNamed("web1"));
const OTHER = "11111111-2222-4333-8444-555555555555";
const DOWN = { allowLoss: true, force: false };
/** A virsh that knows one domain, `web1`, and writes down what it is told to do. */
const VIRSH = `#!/bin/sh
while [ "\${1#--}" != "$1" ]; do [ "$1" = --connect ] && shift; shift; done
case $1 in
  list) cat "$FAKE/names" ;;
  domuuid) cat "$FAKE/uuid" ;;
  domstate) cat "$FAKE/state" ;;
  *) echo "$*" >> "$FAKE/told"; echo "shut off" > "$FAKE/state" ;;
esac
`;

let folder = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/virsh"), VIRSH);
  await writeFile(join(folder, "bin/qemu-img"), "#!/bin/sh\necho 'virtual size: 1 KiB (1024 bytes)'\n");
  for (const program of ["virsh", "qemu-img"]) await chmod(join(folder, "bin", program), 0o755);
  await write({ names: "web1\n", uuid: `${OWN}\n\n`, state: "running\n\n" });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** Carries the action of a step out here, with the folder of VMs in a temporary one. */
function carryOut(plan: Plan, id: string): Promise<CommandOutcome> {
  const action = plan.steps.find(step => step.id === id)?.action;
  if (action?.kind !== "run") throw new Error(`no script ${id}`);
  const argv = action.argv.map(word => word.replaceAll("/var/lib/smc", folder));
  return attempt([
    "env",
    `PATH=${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    `FAKE=${folder}`,
    ...argv,
  ]);
}

const told = (): string =>
  existsSync(join(folder, "told")) ? readFileSync(join(folder, "told"), "utf8").trim() : "";

const plans = {
  start: planVmStart(vmRequest(["web1"])),
  stop: planVmStop(vmRequest(["web1"], { timeout: 12_000 }), DOWN),
  cut: planVmStop(vmRequest(["web1"], { timeout: 12_000 }), { ...DOWN, force: true }),
  destroy: planVmDestroy(vmRequest(["web1"]), { ...DOWN, withDisks: true }),
  resize: planVmResize(vmRequest(["web1"])),
};

describe("what is done to a domain", () => {
  it("is done by its UUID", async () => {
    await write({ state: "shut off\n" });
    expect(await carryOut(plans.start, "start web1")).toMatchObject({ code: 0 });
    await write({ state: "running\n" });
    expect(await carryOut(plans.stop, "shut down web1")).toMatchObject({ code: 0 });
    expect(await carryOut(plans.destroy, "undefine web1")).toMatchObject({ code: 0 });
    expect(told().split("\n")).toEqual([`start ${OWN}`, `shutdown ${OWN}`, `undefine --managed-save ${OWN}`]);
  });

  it.each([
    ["start", "start web1", "shut off"],
    ["stop", "shut down web1", "running"],
    ["cut", "shut down web1", "running"],
    ["resize", "grow disk snap of web1", "running"],
    ["destroy", "undefine web1", "shut off"],
    ["destroy", "remove the disks of web1", "shut off"],
  ] as const)("is not done to somebody else's of the same name: %s, %s", async (plan, id, state) => {
    await mkdir(join(folder, "disks/web1"), { recursive: true });
    await write({ uuid: `${OTHER}\n`, state: `${state}\n` });
    const { code, stderr } = await carryOut(plans[plan], id);
    expect(code).not.toBe(0);
    expect(stderr).toContain("the domain web1 is no VM of this deployment: it is left as it is");
    expect(told()).toBe("");
    expect(existsSync(join(folder, "disks/web1"))).toBe(true);
  });

  it("is asked by the same UUID beforehand: another domain that runs does not make a start needless", () => {
    const done = plans.start.steps.find(({ id }) => id === "start web1")?.done;
    expect(JSON.stringify(done)).toContain(`"domstate","${OWN}"`);
  });

  it("is nothing where libvirt does not tell whose it is", async () => {
    await write({ names: "" });
    expect(await carryOut(plans.start, "start web1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("web1 is absent: not started"),
    });
  });
});

describe("a persistent disk", () => {
  it("whose format was changed is not taken for one that is missing", async () => {
    await mkdir(join(folder, "disks/web1"), { recursive: true });
    await write({ "disks/web1/snap.qcow2": "precious" });
    const { code, stderr } = await carryOut(plans.start, "disk snap of web1");
    expect(code).toBe(1);
    expect(stderr).toContain(`the disk snap is there in another format, ${folder}/disks/web1/snap.qcow2`);
    expect(existsSync(join(folder, "disks/web1/snap.img"))).toBe(false);
  });

  it("is made before libvirt hears of it", () => {
    const write = plans.start.steps.find(({ id }) => id === "write domain of web1");
    expect(write?.needs).toEqual(["disk snap of web1", "overlay web1"]);
  });
});
