import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { attempt, run } from "./harness/command.ts";
import { removeLab, removeOrphans, startLab } from "./harness/lab.ts";
import { labLayout, type LabLayout } from "./harness/layout.ts";
import { namespacesOf } from "./harness/network.ts";

/** Starts a lab that belongs to another process, which says the lab's number and then waits for ever. */
const OWNER_PROGRAM = `
  import { startLab } from ${JSON.stringify(new URL("harness/lab.ts", import.meta.url).href)};
  const lab = await startLab({ hosts: ["one", "two"], owned: true });
  console.log(lab.layout.number);
  setInterval(() => {}, 1000);
`;

interface OwnedLab {
  layout: LabLayout;
  killOwner(): Promise<void>;
}

async function labOfAnotherProcess(): Promise<OwnedLab> {
  const owner = spawn(process.execPath, ["--input-type=module-typescript", "--eval", OWNER_PROGRAM], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const gone = once(owner, "exit");
  const killOwner = async (): Promise<void> => {
    owner.kill("SIGKILL");
    await gone;
  };
  const [chunk] = (await once(owner.stdout, "data")) as [Buffer];
  return { layout: labLayout(Number(chunk.toString())), killOwner };
}

/** Everything on this machine that has the name of the lab in it. */
async function tracesOf(lab: LabLayout): Promise<string[]> {
  const processes = await run(["ps", "-ww", "-eo", "args="]);
  const links = await run(["ip", "-oneline", "link"]);
  const mounts = readFileSync("/proc/mounts", "utf8");
  const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"].filter(path =>
    existsSync(path),
  );
  const names = groups.flatMap(folder => readdirSync(folder));
  const lines = [processes, links, mounts].flatMap(text => text.split("\n"));
  const ownNames = [lab.prefix, `${lab.bridge}:`, `${lab.folder}/`];
  return [
    ...[...lines, ...names].filter(line => ownNames.some(name => line.includes(name))),
    ...(await namespacesOf(lab)),
    ...(existsSync(lab.folder) ? [lab.folder] : []),
  ];
}

describe("removeLab", () => {
  it("leaves nothing behind", async () => {
    const { layout } = await startLab({ hosts: ["one", "two"], owned: true });
    const before = await tracesOf(layout);
    expect(before.length).toBeGreaterThan(10);
    await removeLab(layout);
    expect(await tracesOf(layout)).toEqual([]);
  });

  it("is content with a lab that is not there", async () => {
    const nowhere = labLayout(250);
    await removeLab(nowhere);
    expect(await tracesOf(nowhere)).toEqual([]);
  });
});

/** Another tier of the tests may have been the one that removed it, and may still be at it. */
function expectNoTraces({ layout }: OwnedLab): Promise<void> {
  return expect.poll(() => tracesOf(layout), { timeout: 60_000 }).toEqual([]);
}

describe("removeOrphans", () => {
  const started: OwnedLab[] = [];
  afterAll(async () => {
    for (const lab of started) await lab.killOwner();
    // Not by their numbers: another tier may have a lab under one of them by now.
    await removeOrphans();
  });

  it("removes all of a lab whose owner was killed, and nothing of one whose owner lives", async () => {
    const orphan = await labOfAnotherProcess();
    started.push(orphan);
    const living = await labOfAnotherProcess();
    started.push(living);
    expect(living.layout.number).not.toBe(orphan.layout.number);
    await orphan.killOwner();
    await removeOrphans();
    await expectNoTraces(orphan);
    const config = `${living.layout.folder}/ssh/config`;
    expect(await attempt(["ssh", "-F", config, "two", "hostname"])).toMatchObject({
      code: 0,
      stdout: "two\n",
    });
    await living.killOwner();
    await removeOrphans();
    await expectNoTraces(living);
  });
});
