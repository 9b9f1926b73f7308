import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { LOOK_AT_SYSTEMS, noteText, parseNote, parseSystems } from "../../src/machines/kept.ts";
import { planVmDestroy } from "../../src/machines/planners/destroy.ts";
import { planImagePrune } from "../../src/machines/planners/image-push.ts";
import { discardKept, keepAside, noteSeenWell, putBack } from "../../src/machines/planners/keep.ts";
import { planImageRollback } from "../../src/machines/planners/release/image.ts";
import { uuidOf } from "../../src/machines/identity.ts";
import type { Step } from "../../src/plan/model.ts";
import { step } from "../helpers/plan.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { attempt, type CommandOutcome } from "../lab/harness/command.ts";
import { hostTarget } from "../transport/ssh/ssh-site.ts";
import { vmRequest } from "./planners/vm-request.ts";
import { vmNamed } from "./vms.ts";

const web1 = vmNamed("web1");
const VIRSH = `#!/bin/sh
while [ "\${1#--}" != "$1" ]; do [ "$1" = --connect ] && shift; shift; done
case $1 in
  list) [ -e "$FAKE/lost" ] || echo web1 ;;
  domuuid) cat "$FAKE/uuid" ;;
  domstate) cat "$FAKE/state" ;;
  dumpxml) echo "<domain>as libvirt has it</domain>" ;;
  managedsave-remove) echo "$2" >> "$FAKE/awake" ;;
  define) cp "$2" "$FAKE/defined" ;;
esac
`;
/** Fails, and does nothing, when it is called for the time that \`$FAKE/fails\` says. */
const MOVE = `#!/bin/sh
count=$(($(cat "$FAKE/moves" 2>/dev/null || echo 0) + 1))
echo "$count" > "$FAKE/moves"
[ "$count" != "$(cat "$FAKE/fails" 2>/dev/null)" ] || exit 1
exec /bin/mv "$@"
`;

let folder = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "vms/web1"), { recursive: true });
  const programs = {
    virsh: VIRSH,
    mv: MOVE,
    "qemu-img": `#!/bin/sh\necho "backing file: $FAKE/images/$(cat "$3")/root.img"\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, "bin", name), text);
    await chmod(join(folder, "bin", name), 0o755);
  }
  await write({ uuid: uuidOf(web1), state: "shut off\n", "vms/web1/root.qcow2": "old" });
  await write({ "vms/web1/vmlinuz": "kernel", "vms/web1/initrd.img": "initrd" });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const read = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
const there = (path: string): boolean => existsSync(join(folder, path));

function carryOut(argv: readonly string[]): Promise<CommandOutcome> {
  const path = `PATH=${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;
  return attempt([
    "env",
    path,
    `FAKE=${folder}`,
    ...argv.map(word => word.replaceAll("/var/lib/smc", folder)),
  ]);
}

function perform({ action }: Step): Promise<CommandOutcome> {
  if (action.kind !== "run") throw new Error("no script");
  return carryOut(action.argv);
}

async function isDone({ done }: Step): Promise<boolean> {
  if (done?.kind !== "command") throw new Error("no probe");
  return (await carryOut(done.argv)).code === 0;
}

const request = vmRequest(["web1"]);
const later = vmRequest(["web1"], { now: new Date("2026-02-03T04:05:06Z") });
const keep = keepAside(request, web1, { image: "new-1", needs: [] });
const back = putBack(request, web1, []);
const seenWell = noteSeenWell(request, web1, { image: "new-1", needs: [] });

describe("a system that is kept aside", () => {
  it("is the whole folder with the definition as libvirt has it, and is put back as it was", async () => {
    expect(await isDone(keep)).toBe(false);
    expect(await perform(keep)).toMatchObject({ code: 0 });
    expect([there("vms/web1"), await read("vms/.kept/web1/root.qcow2"), await isDone(keep)]).toEqual([
      false,
      "old",
      true,
    ]);
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "new" });
    expect(await perform(back)).toMatchObject({ code: 0 });
    expect(await readdir(join(folder, "vms/web1"))).toEqual(["initrd.img", "root.qcow2", "vmlinuz"]);
    expect([await read("vms/web1/root.qcow2"), await readdir(join(folder, "vms/.kept"))]).toEqual([
      "old",
      [],
    ]);
    expect(await read("defined")).toContain("as libvirt has it");
    expect(await isDone(back)).toBe(true);
  });

  it.each(["running", "paused", "in shutdown", "no state"])(
    "is neither made nor put back of a VM that is %s",
    async state => {
      await write({ state });
      expect(await perform(keep)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("nothing was moved"),
      });
      await write({ state: "shut off" });
      await perform(keep);
      await mkdir(join(folder, "vms/web1"));
      await write({ state, "vms/web1/root.qcow2": "new" });
      expect(await perform(back)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("nothing was moved"),
      });
      expect([await read("vms/.kept/web1/root.qcow2"), await read("vms/web1/root.qcow2")]).toEqual([
        "old",
        "new",
      ]);
    },
  );

  it("is neither made nor put back where the domain is of somebody else", async () => {
    await perform(keep);
    await write({ uuid: "11111111-2222-4333-8444-555555555555" });
    expect((await perform(back)).code).not.toBe(0);
    expect(there("vms/.kept/web1/root.qcow2")).toBe(true);
    await rm(join(folder, "vms/.kept"), { recursive: true });
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "old" });
    expect((await perform(keep)).code).not.toBe(0);
    expect(there("vms/.kept")).toBe(false);
  });

  it("stays the way back when the VM is made anew again before it was seen well", async () => {
    await perform(keep);
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "never seen well" });
    const second = keepAside(later, web1, { image: "new-2", needs: [] });
    expect([await isDone(second), (await perform(second)).code, await isDone(second)]).toEqual([
      false,
      0,
      true,
    ]);
    expect([await read("vms/.kept/web1/root.qcow2"), there("vms/web1")]).toEqual(["old", false]);
  });

  it("is not overwritten by what came after it and was seen well, and goes only when it is discarded then", async () => {
    await perform(keep);
    expect(await perform(discardKept(request, web1))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("was not seen well"),
    });
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "new" });
    expect([await isDone(seenWell), (await perform(seenWell)).code, await isDone(seenWell)]).toEqual([
      false,
      0,
      true,
    ]);
    const second = await perform(keepAside(later, web1, { image: "new-2", needs: [] }));
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("put it back, or discard it") });
    expect([await read("vms/.kept/web1/root.qcow2"), await read("vms/web1/root.qcow2")]).toEqual([
      "old",
      "new",
    ]);
    expect(await perform(discardKept(request, web1))).toMatchObject({ code: 0 });
    expect([there("vms/.kept/web1"), await read("vms/web1/root.qcow2")]).toEqual([false, "new"]);
  });

  it.each([1, 2])("comes to the same end when a move failed at first: %i", async fails => {
    await write({ fails: String(fails) });
    const first = await perform(keep);
    if (first.code !== 0) await perform(keep);
    expect(await read("vms/.kept/web1/root.qcow2")).toBe("old");
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "new", moves: "0" });
    const failed = await perform(back);
    expect(failed.code).toBe(1);
    expect(await isDone(back)).toBe(false);
    expect(await perform(back)).toMatchObject({ code: 0 });
    expect([await read("vms/web1/root.qcow2"), await readdir(join(folder, "vms/.kept"))]).toEqual([
      "old",
      [],
    ]);
  });

  it("keeps its image on the machine", async () => {
    for (const name of ["old-1", "older-1"]) await mkdir(join(folder, "images", name), { recursive: true });
    await write({ "vms/web1/root.qcow2": "old-1" });
    await perform(keep);
    const images = [{ target: hostTarget(22), names: ["old-1", "older-1"] }];
    const [old, older] = planImagePrune({ ...request, images }).steps;
    if (old === undefined || older === undefined) throw new Error("two images, two steps");
    expect(await perform(old)).toMatchObject({ code: 1, stderr: expect.stringContaining("it stays") });
    expect(await perform(older)).toMatchObject({ code: 0 });
    expect(await readdir(join(folder, "images"))).toEqual(["old-1"]);
  });

  it("goes with its VM", async () => {
    await perform(keep);
    await write({ state: "absent" });
    const plan = planVmDestroy(request, { allowLoss: true, force: false, withDisks: false });
    expect(await perform(step(plan, "remove the kept system of web1"))).toMatchObject({ code: 0 });
    expect(there("vms/.kept/web1")).toBe(false);
  });

  it("may be put back though libvirt has lost the domain, and not where that is of somebody else", async () => {
    await perform(keep);
    const batches = [{ vms: [web1], settle: [], resettle: [] }];
    const { action } = step(planImageRollback(request, { batches, force: true }), "look at web1");
    if (action.kind !== "wait" || action.probe.kind !== "all") throw new Error("no gate");
    const { probes } = action.probe;
    const holds = async (): Promise<boolean> => {
      const argvs = probes.flatMap(probe => (probe.kind === "command" ? [probe.argv] : []));
      expect(argvs).toHaveLength(2);
      const ends = await Promise.all(argvs.map(carryOut));
      return ends.every(({ code }) => code === 0);
    };
    await write({ lost: "" });
    expect(await holds()).toBe(true);
    await rm(join(folder, "lost"));
    expect(await holds()).toBe(true);
    await write({ uuid: "11111111-2222-4333-8444-555555555555" });
    expect(await holds()).toBe(false);
  });

  it("is put back whole or not at all", async () => {
    await perform(keep);
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "new" });
    await rm(join(folder, "vms/.kept/web1/vmlinuz"));
    expect(await perform(back)).toMatchObject({ code: 1, stderr: expect.stringContaining("no vmlinuz") });
    expect([await read("vms/web1/root.qcow2"), there("defined")]).toEqual(["new", false]);
  });

  it("makes room for no further attempt where it is not whole", async () => {
    await perform(keep);
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "never seen well" });
    await rm(join(folder, "vms/.kept/web1/root.qcow2"));
    expect((await perform(keepAside(later, web1, { image: "new-2", needs: [] }))).code).toBe(1);
    expect(await read("vms/web1/root.qcow2")).toBe("never seen well");
  });

  it.each([
    ["discarded", discardKept(request, web1)],
    [
      "removed with its VM",
      step(
        planVmDestroy(request, { allowLoss: true, force: false, withDisks: false }),
        "remove the kept system of web1",
      ),
    ],
  ])("is no system any more once it is begun to be %s, and nothing of it stays", async (_, removal) => {
    await perform(keep);
    await perform(seenWell);
    await write({ state: "absent" });
    // Dies in the middle: what is removed last is still there.
    await writeFile(
      join(folder, "bin/rm"),
      `#!/bin/sh\n[ ! -e "$3/root.qcow2" ] || exit 1\nexec /bin/rm "$@"\n`,
    );
    await chmod(join(folder, "bin/rm"), 0o755);
    expect((await perform(removal)).code).toBe(1);
    expect([there("vms/.kept/web1"), await isDone(removal)]).toEqual([false, false]);
    await rm(join(folder, "bin/rm"));
    expect((await perform(removal)).code).toBe(0);
    expect([await readdir(join(folder, "vms/.kept")), await isDone(removal)]).toEqual([[], true]);
  });

  it("begins without what a domain had in memory, there and back", async () => {
    await perform(keep);
    expect(await read("awake")).toBe(`${uuidOf(web1)}\n`);
    await perform(back);
    expect(await read("awake")).toBe(`${uuidOf(web1)}\n`.repeat(2));
  });

  it("is left alone where nothing is kept", async () => {
    expect(await perform(back)).toMatchObject({ code: 0 });
    expect(await read("vms/web1/root.qcow2")).toBe("old");
  });
});

describe("what a machine tells of systems", () => {
  it("is read with what lies over what, and with what is kept", async () => {
    await mkdir(join(folder, "images/new-1"), { recursive: true });
    await write({ "images/new-1/SHA256SUMS": "sums", "vms/web1/root.qcow2": "old-1" });
    await perform(keep);
    await mkdir(join(folder, "vms/web1"));
    await write({ "vms/web1/root.qcow2": "new-1" });
    const { stdout } = await carryOut(["sh", "-c", LOOK_AT_SYSTEMS, "sh", folder, "web1", uuidOf(web1)]);
    const seen = parseSystems(stdout);
    expect(seen?.free).toBeGreaterThan(0);
    expect([...(seen?.images ?? [])]).toEqual([["new-1", expect.stringMatching(/^[0-9a-f]{64}$/)]]);
    expect(seen?.vms.get("web1")).toMatchObject({
      state: "shut off",
      overlay: { base: join(folder, "images/new-1/root.img") },
      kept: { base: join(folder, "images/old-1/root.img") },
      note: { image: "new-1", at: "2026-01-02T03:04:05.000Z", state: "begun" },
    });
    await write({ uuid: "11111111-2222-4333-8444-555555555555" });
    const other = await carryOut(["sh", "-c", LOOK_AT_SYSTEMS, "sh", folder, "web1", uuidOf(web1)]);
    expect(parseSystems(other.stdout)?.vms.get("web1")?.state).toBe("foreign");
  });

  it.each([
    "free x\nend\n",
    "free 1\n",
    "free 1\nnote web1 a b c\nend\n",
    "free 1\ndomain a on\nwhat\nend\n",
    "end\n",
  ])("is nothing at all where it is not whole, or of another form: %j", output =>
    expect(parseSystems(output)).toBeUndefined(),
  );
});

describe("a note", () => {
  it("is read as it was written, and nothing else is one", () => {
    const word = fc.stringMatching(/^[!-~]+$/);
    const note = fc.record({
      image: word,
      at: word,
      state: fc.constantFrom("begun" as const, "done" as const),
    });
    fc.assert(
      fc.property(note, one => {
        expect(parseNote(noteText(one))).toEqual(one);
      }),
    );
    for (const text of ["", "a b", "a b ended", "a b done c"]) expect(parseNote(text)).toBeUndefined();
  });
});
