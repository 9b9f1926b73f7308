import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { SmcOptions } from "../helpers/smc.ts";
import { blackhole, fill, heal } from "./harness/faults.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { variantConfig } from "./harness/ssh-access.ts";
import { waitUntil } from "./harness/wait-until.ts";

/** Every fault hits `bad`; the others must go on, and only `bad` may be named. */
const lab = await startLab({ hosts: ["good1", "good2", "bad"], owned: true });
const bad = hostNamed(lab, "bad");
const TICKER = {
  at: ["good1", "good2", "bad"],
  command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
};
const site = await labSite(lab, { services: { ticker: TICKER } });
const CONNECT_TIMEOUT = 3000;

afterEach(async () => {
  await heal(bad);
  await site.rewrite({ ticker: TICKER });
  await site.smc("stop ticker --yes");
});

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

/** Starts the service everywhere; gives what was said of it and how long it took, in milliseconds. */
async function start(
  line = "start ticker --parallel",
  options: SmcOptions = {},
): Promise<{ err: string; duration: number }> {
  const began = performance.now();
  const { code, out, err } = await site.smc(line, options);
  expect({ code, said: code === 1 ? "" : out + err }).toEqual({ code: 1, said: "" });
  expect(err).not.toMatch(/failed .* on .*good/);
  return { err, duration: performance.now() - began };
}

async function states(options: SmcOptions = {}): Promise<Record<string, string>> {
  const { out } = await site.smc("status ticker --json", options);
  const { instances } = JSON.parse(out) as { instances: { host: string; state: string }[] };
  return Object.fromEntries(instances.map(({ host, state }) => [host, state]));
}

const OTHERS_RUN = { good1: "running", good2: "running" };

/** A client configuration in which these lines hold for the bad host only. */
async function configForBad(name: string, lines: readonly string[]): Promise<SmcOptions> {
  const path = await variantConfig(lab.ssh, name, ["Host bad", ...lines.map(line => `  ${line}`), "Host *"]);
  return { env: { SMC_SSH_CONFIG: path } };
}

describe("a host that cannot be worked on", () => {
  it("as a black hole is given up at the connect timeout, and is unknown, not stopped", async () => {
    await blackhole(bad);
    const { err, duration } = await start();
    expect(err).toMatch(/failed .* on (ticker@)?bad: .*:22 does not answer within 3 s/);
    expect(duration).toBeLessThan(CONNECT_TIMEOUT + 20_000);
    const began = performance.now();
    expect(await states()).toEqual({ ...OTHERS_RUN, bad: "unknown" });
    expect((await site.smc("status")).code).toBe(4);
    expect(performance.now() - began).toBeLessThan(2 * (CONNECT_TIMEOUT + 1000));
  });

  it("whose sshd is stopped is refused", async () => {
    await runInside(bad, ["systemctl", "stop", "ssh.service"]);
    try {
      expect((await start()).err).toMatch(/failed .* on (ticker@)?bad: .*:22 refuses connections/);
    } finally {
      await runInside(bad, ["systemctl", "start", "ssh.service"]);
    }
    expect(await states()).toMatchObject(OTHERS_RUN);
  });

  it("whose key has changed is not worked on", async () => {
    const knownHosts = join(lab.ssh.folder, "known_hosts-of-faults");
    const known = await readFile(lab.ssh.knownHosts, "utf8");
    const other = /^good1,\S+ (.*)$/m.exec(known)?.[1];
    await writeFile(knownHosts, `bad,${bad.address} ${other}\n`);
    const options = await configForBad("key-changed", [`UserKnownHostsFile ${knownHosts}`]);
    const { err } = await start(undefined, options);
    expect(err).toMatch(/failed .* on (ticker@)?bad: .*shows another key/);
    expect(err).toMatch(/ next: .*ssh-keygen -f .* -R/);
    expect(await states(options)).toEqual({ ...OTHERS_RUN, bad: "unknown" });
  });

  it("that refuses the key of the client", async () => {
    const keys = "/home/salvus/.ssh/authorized_keys";
    await runInside(bad, ["mv", keys, `${keys}.away`]);
    try {
      expect((await start()).err).toMatch(/failed .* on (ticker@)?bad: .* refused the login of salvus/);
    } finally {
      await runInside(bad, ["mv", `${keys}.away`, keys]);
    }
    expect(await states()).toMatchObject(OTHERS_RUN);
  });

  it("where the login user may not become root", async () => {
    await runInside(bad, ["mv", "/etc/sudoers.d/lab", "/root/sudoers-lab"]);
    try {
      expect((await start()).err).toMatch(/failed .* on (ticker@)?bad: .*sudo/);
      expect((await site.smc("doctor bad")).out).toMatch(/sudo/);
    } finally {
      await runInside(bad, ["mv", "/root/sudoers-lab", "/etc/sudoers.d/lab"]);
    }
    expect(await states()).toMatchObject({ ...OTHERS_RUN, bad: "stopped" });
  });

  it("whose disk is full", async () => {
    await site.rewrite({ ticker: { ...TICKER, files: { big: "x".repeat(200_000) } } });
    await fill(bad);
    expect((await start()).err).toMatch(/failed .* on (ticker@)?bad: [^]*No space left on device/);
    await heal(bad);
    expect(await states()).toEqual({ ...OTHERS_RUN, bad: "stopped" });
  });
});

describe("a program that does not come up", () => {
  const onBad = (settings: object): Promise<void> =>
    site.rewrite({ ticker: { ...TICKER, hosts: { bad: settings } } });

  it("because it dies after its start is told with its last words, long before the deadline", async () => {
    await onBad({
      command: ["sh", "-c", "sleep 2; echo out of luck >&2; exit 0"],
      ready: { command: "false" },
    });
    const { err, duration } = await start();
    expect(err).toMatch(/failed .*ready ticker on bad: .*inactive.*out of luck/);
    expect(duration).toBeLessThan(60_000);
    expect(await states()).toMatchObject({ ...OTHERS_RUN, bad: "stopped" });
  });

  it("because it dies at once is told with its last words", async () => {
    await onBad({ command: ["sh", "-c", "echo out of luck >&2; exit 3"] });
    const { err } = await start();
    expect(err).toMatch(/failed .*start ticker on bad: [^]*out of luck/);
    expect(await states()).toMatchObject(OTHERS_RUN);
  });

  it("because somebody else has its port: he is named, and nothing is started", async () => {
    const listener = "require('net').createServer().listen(7777)";
    await runInside(bad, ["systemd-run", "--quiet", "--unit=stranger", "node", "-e", listener]);
    const listens = { ports: { main: 7777 }, ready: { tcp: "main" } };
    const server = ["node", "-e", "require('net').createServer().listen({port}, '{host}')"];
    await site.rewrite({ ticker: { ...TICKER, ...listens, command: server } });
    try {
      const { err } = await start();
      expect(err).toMatch(/failed .* on (ticker@)?bad: .*:7777 is taken by \S+ \(process \d+\)/);
      expect(await states()).toEqual({ ...OTHERS_RUN, bad: "stopped" });
    } finally {
      await runInside(bad, ["systemctl", "stop", "stranger.service"]);
    }
  });

  it("because it never answers is given up at its deadline, with what was seen last and the end of its log", async () => {
    await onBad({
      command: ["sh", "-c", "echo waits for its tape; exec sleep 1000"],
      ready: { command: ["sh", "-c", "echo still waking up; exit 1"] },
    });
    const { err, duration } = await start("start ticker --parallel --timeout 4s");
    expect(err).toMatch(/failed .* on (ticker@)?bad: .*not ready after \ds: .*still waking up/);
    expect(err).toMatch(/ of bad ends with:\n[^]* {2}\| waits for its tape\n/);
    expect(duration).toBeLessThan(20_000);
    expect(await states()).toEqual({ ...OTHERS_RUN, bad: "starting" });
  });
});

describe("a command that never ends", () => {
  it("is ended on the host at its deadline", async () => {
    const { code, out } = await site.smc("run --timeout 2s --on bad -- sleep 6543");
    expect(code).toBe(1);
    expect(out).toMatch(/bad: .*(2(\.0)?s|timed out)/);
    expect(await runInside(bad, ["pgrep", "-fx", "sleep 6543"])).toMatchObject({ code: 1 });
  });
});

describe("a run that waits", () => {
  it("keeps a second operator out, who is told who holds the lock, and ends by Ctrl-C with how to go on", async () => {
    await site.rewrite({ ticker: { ...TICKER, ready: { command: "test -e /run/may-be-ready" } } });
    const first = site.spawn("start", "ticker", "--parallel");
    const [said, closed] = [text(first.stderr), once(first, "close")];
    const waits = async (): Promise<boolean> =>
      (await site.journal().catch(() => [])).some(
        ({ type, step }) => type === "step-started" && step === "ready ticker@bad",
      );
    await waitUntil(waits, { what: "the gate of the first run", timeout: 30_000 });
    const second = await site.smc("stop ticker --yes");
    expect(second).toMatchObject({
      code: 4,
      err: expect.stringMatching(/start ticker --parallel[^]*process \d+|pid \d+/),
    });
    expect(await states()).toEqual({ good1: "starting", good2: "starting", bad: "starting" });

    first.kill("SIGINT");
    await Promise.all(lab.hosts.map(host => runInside(host, ["touch", "/run/may-be-ready"])));
    await closed;
    expect(first.exitCode).toBe(0);
    expect(await said).toContain("interrupted");
    expect(await states()).toEqual({ ...OTHERS_RUN, bad: "running" });
  });
});
