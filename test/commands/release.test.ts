import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** A program that notes which version of it was started. */
const PROGRAM = "cat {software}/text > {data}/started; trap 'exit 0' TERM; while :; do sleep 0.05; done";

let directory = "";
const run = (line: string): Promise<SmcResult> => smc(`-f services.yaml ${line}`, { directory });

beforeEach(async () => {
  directory = await temporaryFolder();
  await program("one");
  await site({});
});
afterEach(() => run("stop app --yes --allow-loss"));

async function program(text: string): Promise<void> {
  await mkdir(join(directory, text), { recursive: true });
  await writeFile(join(directory, text, "text"), text);
}

async function site({
  smoke = [],
  source = { folder: "one", version: "1" },
}: {
  smoke?: object[];
  source?: object;
}) {
  const app = { at: ["a", "b"], command: ["sh", "-c", PROGRAM], source, timeouts: { ready: "5s" } };
  const local = {
    transport: "local",
    machines: { a: { vpn: "127.0.0.1", dc: "A" }, b: { vpn: "127.0.0.2", dc: "A" } },
    services: { app },
    smoke,
  };
  const file = { smc: 1, default: "local", deployments: { local, other: local } };
  await writeFile(join(directory, "services.yaml"), JSON.stringify(file));
}

const started = (host = "a"): Promise<string> =>
  readFile(join(directory, `.local/state/smc/local/data/app@${host}/started`), "utf8");
const smokeOf = (text: string) => [
  { name: "started", of: "app", command: ["grep", "-q", text, "{data}/started"], timeout: "1s" },
];

describe("smc release", () => {
  it("brings a folder to every instance, which the next start leaves alone once the file says so", async () => {
    await run("start app");
    await program("two");
    const released = await run("release app --to two --as 2 --yes");
    expect([released.code, released.err]).toEqual([
      0,
      expect.stringContaining("say version: 2 in the source of app"),
    ]);
    expect([await started("a"), await started("b")]).toEqual(["two", "two"]);
    expect((await run("start app")).code).toBe(1);
    await site({ source: { folder: "two", version: "2" } });
    expect((await run("start app")).code).toBe(0);
    const { out, code } = await run("release status --json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ places: [{ service: "app", version: "2", before: "1" }] });
  });

  it("takes a batch back when a smoke test does not hold, and writes nothing down", async () => {
    await site({ smoke: smokeOf("two") });
    await run("start app");
    await program("three");
    const { code, err } = await run("release app --to three --out r.json --yes");
    expect([code, err]).toEqual([1, expect.stringContaining("started: ask app@a")]);
    expect([await started("a"), await started("b")]).toEqual(["one", "one"]);
    await expect(readFile(join(directory, "r.json"))).rejects.toThrow("ENOENT");
    expect(JSON.parse((await run("release status --json")).out)).toMatchObject({
      places: [{ version: "1" }],
    });
  });

  it("goes on, resumed, with what went back by itself: every instance is restarted again", async () => {
    await site({
      smoke: [{ name: "allowed", of: "app", command: ["test", "-e", join(directory, "ok")], timeout: "1s" }],
    });
    await run("start app");
    await program("two");
    expect((await run("release app --to two --as 2 --yes")).code).toBe(1);
    expect([await started("a"), await started("b")]).toEqual(["one", "one"]);
    await writeFile(join(directory, "ok"), "");
    const { code, err } = await run("resume --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect([await started("a"), await started("b")]).toEqual(["two", "two"]);
  });

  it("writes down what was seen well, also when it finds it there, and takes nothing else to another deployment", async () => {
    await site({ smoke: smokeOf("two") });
    await run("start app");
    await program("two");
    expect((await run("release app --to two --yes")).code).toBe(0);
    expect((await run("release app --to two --out r.json --yes")).code).toBe(0);
    const written = JSON.parse(await readFile(join(directory, "r.json"), "utf8")) as {
      code: { version: string }[];
    };
    written.code.forEach(piece => (piece.version = "9"));
    await writeFile(join(directory, "changed.json"), JSON.stringify(written));
    const refused = await run("-d other release --from changed.json --yes");
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("no smoke test has held")]);
    expect((await run("-d other release --from r.json --dry-run")).out).toContain("app: as it is to be on");
  });

  it("goes back once", async () => {
    await run("start app");
    await program("two");
    await run("release app --to two --yes");
    expect((await run("release app --rollback --yes")).code).toBe(0);
    expect(await started()).toBe("one");
    const { code, err } = await run("release app --rollback --yes");
    expect([code, err]).toEqual([3, expect.stringContaining("there is no one version to go back to")]);
  });

  it("comes to its end by smc resume when its controller is killed in the middle", async () => {
    await run("start app");
    await program("two");
    const words = ["-f", "services.yaml", "release", "app", "--to", "two", "--as", "2", "--yes"];
    const controller = spawn(join(import.meta.dirname, "../../bin/smc"), words, {
      cwd: directory,
      env: { ...process.env, HOME: directory, XDG_STATE_HOME: "", XDG_CACHE_HOME: "", XDG_CONFIG_HOME: "" },
      stdio: "ignore",
    });
    const ended = once(controller, "exit");
    const folder = join(directory, ".local/state/smc/software/app");
    await vi.waitFor(
      async () => expect(await readFile(join(folder, ".smc-release"), "utf8")).toContain("begun"),
      {
        timeout: 30_000,
        interval: 2,
      },
    );
    controller.kill("SIGKILL");
    await ended;
    expect((await run("release status")).code).toBe(3);
    const { code, err } = await run("resume --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect([await started("a"), await started("b")]).toEqual(["two", "two"]);
    expect((await run("release status")).code).toBe(0);
    expect((await run("release app --rollback --yes")).code).toBe(0);
  });

  it.each([
    ["release", 2, "say which service"],
    ["release app --rollback --to two", 2, "--rollback goes without --to"],
    ["release app --from r.json --out o.json", 2, "--from goes without --out"],
    ["release app --as current", 2, "a version is letters"],
    ["release app a --out r.json", 2, "--out is of a whole deployment"],
    ["release app --on a --out r.json", 2, "--out is of a whole deployment"],
    ["release app --parallel", 2, "--batch N"],
    ["release app --to nowhere", 2, "is not there"],
    ["release app --out r.json", 3, "has no smoke tests"],
    ["release app --from services.yaml", 2, "is no release"],
    ["release app --from none.json", 2, "cannot be read"],
    ["release app", 3, "has no version yet: smc start app"],
  ])("refuses %s", async (line, code, message) => {
    const refused = await run(`${line} --yes`);
    expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(message)]);
  });

  it("takes no other content for a version of the same name", async () => {
    await run("start app");
    await writeFile(join(directory, "one/text"), "changed");
    const { code, err } = await run("release app --yes");
    expect([code, err]).toEqual([3, expect.stringContaining("has another 1, of other content")]);
    expect(await started()).toBe("one");
  });
});

describe("smc check", () => {
  it("finds a smoke test that cannot be asked", async () => {
    await site({ smoke: [{ name: "x", of: "app", http: "/" }] });
    const { code, err } = await run("check");
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('the smoke test "x": app@a is asked on a port, and it has none'),
    ]);
  });
});
