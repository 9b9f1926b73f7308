import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { breakLock, lockState, takeLock, type LockHolder } from "../../src/state/lock.ts";
import { processIdentity } from "../../src/state/process-identity.ts";

let stateDirectory = "";
const request = () => ({ stateDirectory, deployment: "test", reason: "start all", run: "r1" });

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "smc-lock-"));
});
afterEach(() => rm(stateDirectory, { recursive: true, force: true }));

describe("takeLock", () => {
  it("names who has it, and exits 4", async () => {
    const lock = await takeLock(request());
    await expect(takeLock({ ...request(), reason: "stop all" })).rejects.toMatchObject({
      exit: ExitCode.Locked,
      message: `${userInfo().username}@${hostname()} is at work on test: smc start all`,
    });
    await lock.release();
    expect(await lockState(request())).toBeUndefined();
  });

  it("gives different deployments different locks", async () => {
    await takeLock(request());
    await expect(takeLock({ ...request(), deployment: "other" })).resolves.toBeDefined();
  });

  it("leaves nothing beside the lock", async () => {
    const lock = await takeLock(request());
    await takeLock(request()).catch(() => undefined);
    expect(await readdir(join(stateDirectory, "test"))).toEqual(["lock.json"]);
    await lock.release();
    expect(await readdir(join(stateDirectory, "test"))).toEqual([]);
  });

  it("does not release the lock of somebody who took it away", async () => {
    const first = await takeLock(request());
    expect(await breakLock(request(), first.holder)).toBe(true);
    const second = await takeLock(request());
    await first.release();
    expect((await lockState(request()))?.holder.nonce).toBe(second.holder.nonce);
  });
});

describe("takeLock over the lock of a process that is gone", () => {
  const lockFile = (): string => join(stateDirectory, "test", "lock.json");

  async function goneHolder(reason: string): Promise<LockHolder> {
    const { holder, release } = await takeLock({ ...request(), reason });
    await release();
    return { ...holder, pid: spawnSync("true").pid };
  }

  it("tells whose it was", async () => {
    const gone = await goneHolder("restart cassandra");
    await writeFile(lockFile(), JSON.stringify(gone));
    const lock = await takeLock(request());
    expect(lock.predecessor).toEqual(gone);
    expect(await readdir(join(stateDirectory, "test"))).toEqual(["lock.json"]);
  });

  it("is not misled by a new process of the same pid, nor by another boot", async () => {
    const gone = await goneHolder("restart cassandra");
    for (const words of [{ pid: process.pid, started: "1" }, { boot: "before" }]) {
      await writeFile(lockFile(), JSON.stringify({ ...gone, ...words }));
      await (await takeLock(request())).release();
    }
    await writeFile(lockFile(), JSON.stringify({ ...gone, host: "another" }));
    await expect(takeLock(request())).rejects.toMatchObject({ exit: ExitCode.Locked });
  });

  it("goes on where one died while it took over, and leaves the right to one that lives", async () => {
    const [first, second] = [await goneHolder("restart hub"), await goneHolder("stop hub")];
    const successor = `${lockFile()}.${first.nonce}.successor`;
    await writeFile(lockFile(), JSON.stringify(first));
    await writeFile(successor, JSON.stringify(second));
    await (await takeLock(request())).release();
    await writeFile(lockFile(), JSON.stringify(first));
    const living = { ...second, pid: process.pid, started: (await processIdentity(process.pid))?.started };
    await writeFile(successor, JSON.stringify(living));
    await expect(takeLock(request())).rejects.toThrow("smc stop hub");
  });

  it("refuses a file that it did not write", async () => {
    await goneHolder("start hub");
    await writeFile(lockFile(), "what?");
    await expect(takeLock(request())).rejects.toMatchObject({ exit: ExitCode.Locked });
  });
});

describe("takeLock among processes", () => {
  it("lets exactly one of ten proceed, ten times over, half of them over the lock of a killed process", async () => {
    for (let trial = 0; trial < 10; trial += 1) {
      const killed = trial < 5 ? undefined : await abandonedLock();
      const contenders = await Promise.all(Array.from({ length: 10 }, () => startContender("c")));
      const answers = await race(contenders);
      expect(answers.filter(answer => answer.startsWith("got"))).toHaveLength(1);
      const refused = answers.filter(answer => answer.startsWith(`refused ${ExitCode.Locked} `));
      expect(refused).toHaveLength(contenders.length - 1);
      expect(refused.every(answer => answer.includes(`${userInfo().username}@${hostname()}`))).toBe(true);
      expect((await lockState(request()))?.holder.pid).not.toBe(killed);
      await Promise.all(contenders.map(end));
    }
  }, 120_000);
});

interface Contender {
  child: ChildProcess;
  lines: AsyncIterator<string>;
}

async function startContender(run: string): Promise<Contender> {
  const program = join(import.meta.dirname, "contend.ts");
  const child = spawn(process.execPath, [program, stateDirectory, run], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("ready");
  return { child, lines };
}

async function race(contenders: readonly Contender[]): Promise<string[]> {
  contenders.forEach(({ child }) => child.stdin?.write("go\n"));
  return Promise.all(contenders.map(async ({ lines }) => String((await lines.next()).value)));
}

async function end({ child }: Contender): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, "exit");
}

/** A lock whose process was killed with SIGKILL. Gives its pid. */
async function abandonedLock(): Promise<number | undefined> {
  await rm(join(stateDirectory, "test"), { recursive: true, force: true });
  const holder = await startContender("killed");
  expect((await race([holder]))[0]).toMatch(/^got/);
  holder.child.kill("SIGKILL");
  await once(holder.child, "exit");
  expect(await lockState(request())).toMatchObject({ stale: true });
  return holder.child.pid;
}
