import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** A program that reads its file when it starts and when it is told to, and says what it has read. */
const PROGRAM = "cp {config}/conf {data}/read; trap 'exit 0' TERM; while :; do sleep 0.05; done";

let directory = "";

beforeEach(async () => {
  directory = await temporaryFolder();
});
afterEach(() => run("stop reader --yes"));

async function site(conf: string, check: string): Promise<void> {
  const reader = {
    at: "here",
    command: ["sh", "-c", PROGRAM],
    files: { conf },
    reload: ["cp", "{config}/conf", "{data}/read"],
    check: ["sh", "-c", check],
  };
  const local = {
    transport: "local",
    machines: { here: { dc: "DC0", vpn: "127.0.0.1" } },
    services: { reader },
  };
  const file = { smc: 1, default: "local", deployments: { local } };
  await writeFile(join(directory, "services.yaml"), JSON.stringify(file));
}

function run(line: string): Promise<SmcResult> {
  return smc(`-f services.yaml ${line}`, { directory });
}

const read = (): Promise<string> =>
  readFile(join(directory, ".local/state/smc/local/data/reader@here/read"), "utf8");

describe("a configuration that was written and not taken up", () => {
  it("is taken up by the next start, though nothing has to be written any more", async () => {
    await site("one", "true");
    expect(await run("start reader")).toMatchObject({ code: 0 });
    expect(await read()).toBe("one");

    await site("two", "echo this is wrong; exit 1");
    const refused = await run("start reader");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("this is wrong") });
    expect(await read()).toBe("one");

    await site("two", "true");
    expect(await run("start reader")).toMatchObject({ code: 0 });
    expect(await read()).toBe("two");
    expect((await run("start reader")).err).toMatch(/^done: 0 changed/m);
  });

  it("is checked at every start", async () => {
    await site("one", "true");
    await run("start reader");
    await site("one", "exit 7");
    expect(await run("start reader")).toMatchObject({ code: 1, err: expect.stringContaining("exit code 7") });
  });
});

describe("smc reload", () => {
  it("lets the running program read its files, and notes it", async () => {
    await site("one", "true");
    await run("start reader");
    await site("two", "true");
    expect(await run("reload reader")).toMatchObject({ code: 0 });
    expect(await read()).toBe("two");
    expect((await run("start reader")).err).toMatch(/^done: 0 changed/m);
  });

  it("claims nothing of a program that does not run", async () => {
    await site("one", "true");
    expect((await run("reload reader")).code).toBe(1);
  });
});
