import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { aptSandbox, hasApt, type AptSandbox } from "../../helpers/apt-sandbox.ts";
import { startLocalSshd, type LocalSshd } from "../../helpers/local-sshd.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const FILE = {
  smc: 1,
  default: "site",
  machines: { one: { vpn: "127.0.0.1", dc: "DC0" }, two: { vpn: "127.0.0.2", dc: "DC0" } },
  deployments: { site: { site: "site.example" } },
};
const OLD = { name: "tool", version: "1" };
const NEW = { name: "tool", version: "2" };

/** The real command line, over a real sshd, with the real apt on a root of its own; all hosts share that. */
describe.skipIf(!hasApt)("smc release packages", () => {
  let apt: AptSandbox;
  let sshd: LocalSshd;
  let directory = "";

  beforeEach(async () => {
    directory = await temporaryFolder();
    apt = await aptSandbox();
    apt.offer(OLD);
    apt.must("apt-get", "-qq", "-y", "install", "tool");
    const variables = Object.entries(apt.env).map(([name, value]) => `${name}=${value}`);
    sshd = await startLocalSshd(`SetEnv SHLVL=2 ${variables.join(" ")}`);
    site({});
    return () => sshd.close();
  });

  function site(deployment: object): void {
    const deployments = { site: { site: "site.example", ...deployment } };
    const file = { ...FILE, ports: { ssh: sshd.port }, defaults: { user: sshd.user }, deployments };
    writeFileSync(join(directory, "services.yaml"), JSON.stringify(file));
  }

  const env = () => ({ SMC_SSH_CONFIG: sshd.configFile });
  const run = (words: string): Promise<SmcResult> =>
    smc(`-f services.yaml release packages ${words}`, { directory, env: env() });

  it("shows what apt would do, and every step, and changes nothing", async () => {
    apt.offer(NEW);
    const { code, out, err } = await run("--dry-run");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(out).toMatch(/^one,two: 1 package\n {2}tool 1 → 2$/m);
    expect(out).toContain("install on two tool 2");
    expect(apt.installed()).toEqual(["tool 1"]);
  });

  it("sees what repositories offer now, or what hosts know of them", async () => {
    apt.must("apt-get", "-qq", "update");
    const known = join(apt.root, "var/lib/apt/lists");
    apt.offer(NEW);
    apt.must("sh", "-c", `rm -f "${known}"/*Packages*`);
    expect((await run("--dry-run --no-refresh")).out).toContain("nothing to upgrade");
    expect((await run("--dry-run")).out).toContain("tool 1 → 2");
  });

  it("installs exactly that on all hosts, once", async () => {
    apt.offer(NEW);
    const { code, err } = await run("--yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 2"]);
    const again = await run("--yes");
    expect([again.code, again.err]).toEqual([0, "one,two: nothing to upgrade\nunchanged\n"]);
  });

  it("asks before it changes more than one host", async () => {
    apt.offer(NEW);
    expect(await run("")).toMatchObject({
      code: 2,
      err: expect.stringContaining("upgrade 2 packages on 2 hosts of site?"),
    });
    expect(await run("one")).toMatchObject({ code: 0 });
  });

  it("puts the version before in place when a package cannot be set up, and begins no further host", async () => {
    apt.offer({ ...NEW, postinst: "echo no luck >&2; exit 1" });
    const { code, err } = await run("--yes");
    expect([code, err]).toEqual([1, expect.stringContaining("no luck")]);
    expect(err).toContain("next: smc resume, or smc release packages --rollback");
    expect(apt.installed()).toEqual(["tool 1"]);
  });

  it("goes back to what it kept, once", async () => {
    apt.offer(NEW);
    await run("--yes");
    const dry = await run("--rollback --dry-run");
    expect(dry.out).toMatch(/^one,two: 1 package\n {2}tool 2 → 1$/m);
    const { code, err } = await run("--rollback --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 1"]);
    expect((await run("--rollback --yes")).err).toBe("one,two: nothing to put back\nunchanged\n");
  });

  it("says beforehand for which package there is no way back", async () => {
    apt.must("apt-get", "clean");
    apt.offerOnly(NEW);
    expect((await run("--dry-run")).out).toMatch(/^note: one,two: no way back, .*: tool$/m);
  });

  it("refuses a name that no host has, and tells of hosts that lack one", async () => {
    apt.offer(NEW);
    const wrong = await run("--only opnessl --yes");
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringContaining("none of 2 hosts has opnessl installed"),
    ]);
    const some = await run("--only tool,opnessl --yes");
    expect([some.code, some.err]).toEqual([2, expect.stringContaining("opnessl")]);
    expect(apt.installed()).toEqual(["tool 1"]);
  });

  it("lets dpkg come to its end though the deadline of the operator is shorter", async () => {
    apt.offer({ ...NEW, postinst: "sleep 4" });
    const { code, err } = await run("one --timeout 3s --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 2"]);
  });

  it("lets dpkg come to its end when it is told twice to stop, and smc resume sees that", async () => {
    const [begun, go] = [join(directory, "begun"), join(directory, "go")];
    apt.offer({ ...NEW, postinst: `touch ${begun}; while [ ! -e ${go} ]; do sleep 0.05; done` });
    const interrupts = new Set<(cause: "signal" | "closed") => void>();
    const going = smc("-f services.yaml release packages --yes", { directory, env: env(), interrupts });
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 30_000, interval: 20 });
    for (const press of [1, 2]) interrupts.forEach(interrupt => press > 0 && interrupt("signal"));
    expect((await going).code).toBe(130);
    writeFileSync(go, "");
    const { code, err } = await smc("-f services.yaml resume --yes", { directory, env: env() });
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 2"]);
    expect(apt.must("dpkg", "--audit")).toBe("");
  });

  it("refuses what apt would remove something for, and a host where dpkg was interrupted", async () => {
    apt.offer({ name: "rude", version: "1" });
    apt.must("apt-get", "-qq", "-y", "install", "rude");
    apt.offer({ name: "rude", version: "2", control: "Conflicts: tool" });
    const refused = await run("--only rude --yes");
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("apt would remove tool")]);
    apt.offer({ ...NEW, postinst: "exit 1" });
    apt.run(["apt-get", "-qq", "-y", "install", "tool"]);
    const interrupted = await run("--yes");
    expect([interrupted.code, interrupted.err]).toEqual([
      3,
      expect.stringContaining("sudo dpkg --configure -a"),
    ]);
  });

  it("comes to its end by smc resume when its controller is killed while a package is set up", async () => {
    const [begun, go] = [join(directory, "begun"), join(directory, "go")];
    apt.offer({ ...NEW, postinst: `touch ${begun}; while [ ! -e ${go} ]; do sleep 0.05; done` });
    const words = ["-f", "services.yaml", "release", "packages", "--yes"];
    const folders = { HOME: directory, XDG_STATE_HOME: "", XDG_CACHE_HOME: "", XDG_CONFIG_HOME: "" };
    const controller = spawn(join(import.meta.dirname, "../../../bin/smc"), words, {
      cwd: directory,
      env: { ...process.env, ...folders, ...env() },
      stdio: "ignore",
    });
    const ended = once(controller, "exit");
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 30_000, interval: 20 });
    controller.kill("SIGKILL");
    await ended;
    writeFileSync(go, "");
    const { code, err } = await smc("-f services.yaml resume --yes", { directory, env: env() });
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 2"]);
  });

  it("goes on, resumed, with what went back by itself, once its cause is mended", async () => {
    const mended = join(directory, "mended");
    apt.offer({ ...NEW, postinst: `test -e ${mended}` });
    expect((await run("--yes")).code).toBe(1);
    expect(apt.installed()).toEqual(["tool 1"]);
    writeFileSync(mended, "");
    const { code, err } = await smc("-f services.yaml resume --yes", { directory, env: env() });
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["tool 2"]);
  });

  /** All smoke tests hold, of a service that is on one of the hosts. */
  async function writtenDown(): Promise<Record<string, unknown>> {
    site({
      services: { app: { at: "one", command: ["true"] } },
      smoke: [{ name: "fine", of: "app", command: ["true"] }],
    });
    const { code, err } = await run("--out pins.json --yes");
    expect([code, err]).toEqual([0, expect.stringContaining("wrote pins.json")]);
    site({});
    return JSON.parse(readFileSync(join(directory, "pins.json"), "utf8")) as Record<string, unknown>;
  }

  it("writes down what was seen well, and brings exactly that to others, whatever is offered since", async () => {
    apt.offer(NEW, { name: "held-one", version: "1" });
    await run("--yes");
    apt.must("apt-get", "-qq", "-y", "install", "held-one");
    apt.must("apt-mark", "hold", "held-one");
    const { pins, green } = await writtenDown();
    expect(Object.values(pins as object)).toEqual([{ tool: "2" }]);
    expect(green).toMatchObject([{ deployment: "site", smoke: ["fine"] }]);
    apt.must("apt-get", "-qq", "-y", "--allow-downgrades", "install", "tool=1");
    apt.offer({ name: "tool", version: "3" }, { name: "held-one", version: "2" });
    const { code, err } = await run("--from pins.json --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(apt.installed()).toEqual(["held-one 1", "tool 2"]);
  });

  it("refuses a version that no repository offers any more, and a file that nobody tried", async () => {
    apt.offer(NEW);
    await run("--yes");
    const written = await writtenDown();
    apt.must("apt-get", "-qq", "-y", "--allow-downgrades", "install", "tool=1");
    apt.offerOnly(OLD, { name: "tool", version: "3" });
    const missing = await run("--from pins.json --yes");
    expect([missing.code, missing.err]).toEqual([
      3,
      expect.stringContaining("no repository there offers tool 2"),
    ]);
    const [system = ""] = Object.keys(written["pins"] as object);
    const changed = { ...written, pins: { [system]: { tool: "3" } } };
    writeFileSync(join(directory, "changed.json"), JSON.stringify(changed));
    const untried = await run("--from changed.json --yes");
    expect([untried.code, untried.err]).toEqual([3, expect.stringContaining("no smoke test has held")]);
    expect(apt.installed()).toEqual(["tool 1"]);
  });
});

describe("smc release packages without asking any host", () => {
  it.each([
    ["--out p.json", 3, "has no smoke tests"],
    ["one --out p.json", 2, "--out is of a whole deployment"],
    ["--on one --out p.json", 2, "--out is of a whole deployment"],
    ["--from p.json", 2, "cannot be read"],
    ["--from services.yaml", 2, "is no release of packages"],
    ["--from p.json --only tool", 2, "--from is of all packages"],
    ["--from p.json --out o.json", 2, "--from goes without --out"],
    ["--rollback --only tool", 2, "--rollback goes without --only"],
    ["--parallel", 2, "--batch N"],
    ["--only Nginx", 2, '"Nginx" is no name of a package'],
    ["nobody", 2, 'there is no host "nobody"'],
  ])("refuses %s", async (words, code, message) => {
    const files = { "services.yaml": JSON.stringify(FILE) };
    const refused = await smc(`-f services.yaml release packages ${words} --yes`, { files });
    expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(message)]);
  });

  it("refuses this machine", async () => {
    const file = { ...FILE, deployments: { site: { transport: "local" } } };
    const { code, err } = await smc("-f services.yaml release packages --yes", {
      files: { "services.yaml": JSON.stringify(file) },
    });
    expect([code, err]).toEqual([2, expect.stringContaining("its packages are yours")]);
  });
});
