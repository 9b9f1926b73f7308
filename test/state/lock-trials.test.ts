import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { takeLock } from "../../src/state/lock.ts";
import type { Answer } from "../helpers/lock-contender.ts";
import { makeFolder, removeFolder } from "../helpers/work.ts";

let stateDirectory = "";
const contenders: ChildProcess[] = [];
const request = () => ({ stateDirectory, deployment: "test", reason: "restart hub", run: "r1" });

beforeEach(async () => {
  stateDirectory = await makeFolder();
  for (let index = 0; index < 2; index += 1) {
    contenders.push(fork(join(import.meta.dirname, "../helpers/lock-contender.ts")));
  }
});
afterEach(async () => {
  for (const child of contenders.splice(0)) child.kill();
  await removeFolder(stateDirectory);
});

async function tell(child: ChildProcess, message: object | string): Promise<unknown> {
  const answer = once(child, "message");
  child.send(message);
  return ((await answer) as unknown[])[0];
}

async function leaveStaleLock(): Promise<void> {
  const { holder, release } = await takeLock(request());
  await release();
  const gone = { ...holder, pid: spawnSync("true").pid };
  await writeFile(join(stateDirectory, "test", "lock.json"), JSON.stringify(gone));
}

describe("two operators at once", () => {
  it.each([
    ["nobody", () => Promise.resolve()],
    ["a process that died", leaveStaleLock],
  ])(
    "in 100 trials after %s exactly one proceeds, the other exits 4 and names it",
    async (_before, prepare) => {
      for (let trial = 0; trial < 100; trial += 1) {
        await prepare();
        const take = { take: request() };
        const answers = (await Promise.all(contenders.map(child => tell(child, take)))) as Answer[];
        const winner = contenders[answers.findIndex(({ got }) => got)]?.pid;
        expect(answers.filter(({ got }) => got)).toHaveLength(1);
        expect(answers.find(({ got }) => !got)).toMatchObject({
          exit: ExitCode.Locked,
          details: [expect.stringContaining(`pid ${winner} on `)],
        });
        await Promise.all(contenders.map(child => tell(child, "release")));
      }
      expect(await readdir(join(stateDirectory, "test"))).toEqual([]);
    },
    120_000,
  );
});
