import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { HostTarget } from "../../src/base/host-target.ts";
import { Secret } from "../../src/base/secret.ts";
import { createTransport } from "../../src/transport/create.ts";
import type { Connection } from "../../src/transport/model.ts";
import { run } from "./harness/command.ts";
import { blackhole, blackholeFrom, cut, fill, heal } from "./harness/faults.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { boot, kill, runInside } from "./harness/machine.ts";
import { SUDO_PASSWORD, variantConfig } from "./harness/ssh-access.ts";
import { waitUntil } from "./harness/wait-until.ts";

const lab = await startLab({ hosts: ["db1", "web1"], owned: true });
const db1 = hostNamed(lab, "db1");
const web1 = hostNamed(lab, "web1");
const CONNECT_TIMEOUT = 2000;

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(transport => transport.close()));
  await heal(web1);
  await heal(db1);
});

afterAll(() => removeLab(lab.layout));

interface Way {
  host?: string;
  user?: string;
  config?: string;
  password?: string;
}

/** A connection of its own, so that none of an earlier test is taken up again. */
function connect({ host = "web1", user = "root", config = lab.ssh.config, password }: Way = {}): Connection {
  const becomePassword = async (): Promise<Secret | undefined> =>
    password === undefined ? undefined : new Secret(password);
  const transport = createTransport({ sshConfigFile: config, becomePassword });
  open.push(transport);
  const target: HostTarget = {
    name: host,
    kind: "ssh",
    address: hostNamed(lab, host).address,
    port: 22,
    user,
    connectTimeout: CONNECT_TIMEOUT,
    hostKeys: "strict",
  };
  return transport.connection(target);
}

const SHORT = { timeout: 20_000 };

describe("a command on a real host", () => {
  it("gives its output and its exit code", async () => {
    const result = await connect().run(["sh", "-c", "hostname; echo oops >&2; exit 7"], SHORT);
    expect(result).toMatchObject({
      ok: false,
      end: { kind: "exited", code: 7 },
      stdout: "web1\n",
      stderr: "oops\n",
    });
  });

  it("that never ends is ended on the host too", async () => {
    const result = await connect().run(["sh", "-c", "sleep 7777 & sleep 7777"], { timeout: 1000 });
    expect(result.end).toMatchObject({ kind: "timed-out" });
    expect(result.duration).toBeLessThan(4000);
    const gone = async (): Promise<boolean> =>
      (await runInside(web1, ["pgrep", "-fx", "sleep 7777"])).code === 1;
    expect(await waitUntil(gone, { what: "the end of the command", timeout: 5000 })).toBe(true);
  });

  it("is lost, not failed, when the host goes away under it", async () => {
    const connection = connect();
    const running = connection.run(["sh", "-c", "echo started > /run/started; sleep 600"], {
      timeout: 600_000,
    });
    const started = async (): Promise<boolean> =>
      (await runInside(web1, ["test", "-e", "/run/started"])).code === 0;
    await waitUntil(started, { what: "the start of the command", timeout: 10_000 });
    await kill(web1.machine);
    expect((await running).end).toMatchObject({ kind: "lost" });
    await boot(web1, lab.baseImage);
    expect(await connect().run(["true"], SHORT)).toMatchObject({ ok: true });
  });

  it("is over soon after its deadline when the cable is cut under it", async () => {
    const running = connect().run(["sh", "-c", "echo x > /run/cut-me; sleep 600"], { timeout: 5000 });
    const started = async (): Promise<boolean> =>
      (await runInside(web1, ["test", "-e", "/run/cut-me"])).code === 0;
    await waitUntil(started, { what: "the start of the command", timeout: 4000 });
    await cut(web1);
    const { ok, end, duration } = await running;
    expect(ok).toBe(false);
    expect(["lost", "timed-out"]).toContain(end.kind);
    expect(duration).toBeLessThan(11_000);
  });
});

describe("becoming another user", () => {
  const whoami = ["id", "-un"];

  it("works with sudo that asks nothing", async () => {
    const connection = connect({ user: "salvus" });
    expect(await connection.run(whoami, { ...SHORT, runAs: "root" })).toMatchObject({
      ok: true,
      stdout: "root\n",
    });
    expect(await connection.run(whoami, SHORT)).toMatchObject({ ok: true, stdout: "salvus\n" });
  });

  it("works from root to an account", async () => {
    expect(await connect().run(whoami, { ...SHORT, runAs: "salvus" })).toMatchObject({
      ok: true,
      stdout: "salvus\n",
    });
  });

  it("works with a password, which no process list shows and the command does not read", async () => {
    const connection = connect({ user: "asksudo", password: SUDO_PASSWORD });
    const script = "ps -ww -eo args; cat; id -un";
    const result = await connection.run(["sh", "-c", script], { ...SHORT, runAs: "root", stdin: "mine\n" });
    expect(result).toMatchObject({ ok: true, stdout: expect.stringMatching(/\nmine\nroot\n$/) });
    expect(result.stdout).not.toContain(SUDO_PASSWORD);
  });

  it.each<Way & { what: string; reason: RegExp }>([
    { what: "without a password that sudo wants", user: "asksudo", reason: /password/ },
    { what: "with a wrong password", user: "asksudo", password: "wrong", reason: /password/ },
    { what: "with no right to sudo", user: "nosudo", reason: /sudo/ },
  ])("$what is not permitted, within the deadline", async ({ user, password, reason }) => {
    const way = password === undefined ? { user } : { user, password };
    const result = await connect(way as Way).run(whoami, { ...SHORT, runAs: "root" });
    expect(result).toMatchObject({ ok: false, stdout: "", end: { kind: "not-permitted" } });
    expect(result.end).toMatchObject({ reason: expect.stringMatching(reason) });
  });
});

describe("a host that cannot be reached", () => {
  async function refusal(way: Way = {}): Promise<unknown> {
    const startedAt = performance.now();
    const { end } = await connect(way).run(["touch", "/run/was-here"], SHORT);
    expect(performance.now() - startedAt).toBeLessThan(CONNECT_TIMEOUT + 1000);
    expect(await runInside(web1, ["rm", "/run/was-here"])).toMatchObject({ code: expect.any(Number) });
    return end;
  }

  it.each([
    { what: "a black hole", fault: blackhole },
    { what: "a cut cable", fault: cut },
  ])("by $what is given up at the connect timeout", async ({ fault }) => {
    await fault(web1);
    expect(await refusal()).toMatchObject({
      kind: "unreachable",
      cause: expect.stringMatching(/^(timeout|no-route)$/),
    });
  });

  it("whose sshd takes the connection and then says nothing is given up at the connect timeout", async () => {
    await runInside(web1, ["systemctl", "kill", "--signal=STOP", "ssh.service"]);
    try {
      expect(await refusal()).toMatchObject({ kind: "unreachable", cause: "timeout" });
    } finally {
      await runInside(web1, ["systemctl", "kill", "--signal=CONT", "ssh.service"]);
    }
  });

  it("where no sshd runs refuses at once", async () => {
    await runInside(web1, ["systemctl", "stop", "ssh.service"]);
    try {
      expect(await refusal()).toMatchObject({ kind: "unreachable", cause: "refused" });
    } finally {
      await runInside(web1, ["systemctl", "start", "ssh.service"]);
    }
  });

  it("for its key has changed", async () => {
    const knownHosts = join(lab.ssh.folder, "known_hosts-changed");
    const lines = (await readFile(lab.ssh.knownHosts, "utf8")).split("\n");
    const keyOf = (name: string): string =>
      lines
        .find(line => line.startsWith(name))
        ?.split(" ")
        .slice(1)
        .join(" ") ?? "";
    await writeFile(knownHosts, `web1,${web1.address} ${keyOf("db1")}\n`);
    const config = await variantConfig(lab.ssh, "changed", [`UserKnownHostsFile ${knownHosts}`]);
    expect(await refusal({ config })).toMatchObject({ kind: "unreachable", cause: "host-key-changed" });
  });

  it("for its key is unknown", async () => {
    const config = await variantConfig(lab.ssh, "unknown", ["UserKnownHostsFile /dev/null"]);
    expect(await refusal({ config })).toMatchObject({ kind: "unreachable", cause: "host-key-unknown" });
  });

  it("for it refuses the key of the client", async () => {
    const key = join(lab.ssh.folder, "id_other");
    await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
    const wrongKey = (await readFile(lab.ssh.config, "utf8")).replace(lab.ssh.privateKey, key);
    const config = join(lab.ssh.folder, "config-other-key");
    await writeFile(config, wrongKey);
    expect(await refusal({ config })).toMatchObject({ kind: "unreachable", cause: "login" });
  });
});

describe("the client's ssh configuration", () => {
  it("leads through a jump host to one that is cut off from here", async () => {
    await blackholeFrom(db1, lab.layout.controllerAddress);
    const config = await variantConfig(lab.ssh, "jump", ["Host db1", "  ProxyJump web1"]);
    expect(await connect({ host: "db1", config }).run(["hostname"], SHORT)).toMatchObject({
      ok: true,
      stdout: "db1\n",
    });
  });

  it("names a jump host that cannot be reached: the cause is the jump", async () => {
    await blackhole(web1);
    const config = await variantConfig(lab.ssh, "jump", ["Host db1", "  ProxyJump web1"]);
    const { end } = await connect({ host: "db1", config }).run(["hostname"], SHORT);
    expect(end).toMatchObject({
      kind: "unreachable",
      cause: "jump",
      reason: expect.stringContaining("web1"),
    });
  });

  it("may have its known hosts hashed", async () => {
    const knownHosts = join(lab.ssh.folder, "known_hosts-hashed");
    await writeFile(knownHosts, await readFile(lab.ssh.knownHosts));
    await run(["ssh-keygen", "-q", "-H", "-f", knownHosts]);
    expect(await readFile(knownHosts, "utf8")).not.toContain("web1");
    const config = await variantConfig(lab.ssh, "hashed", [`UserKnownHostsFile ${knownHosts}`]);
    expect(await connect({ config }).run(["hostname"], SHORT)).toMatchObject({ ok: true, stdout: "web1\n" });
  });
});

describe("a file on a real host", () => {
  const path = "/srv/conf/settings";

  it("is written whole, for another owner, and read back", async () => {
    const connection = connect({ user: "salvus" });
    await connection.run(["mkdir", "-p", "/srv/conf"], { ...SHORT, runAs: "root" });
    const written = await connection.writeFile({
      ...SHORT,
      path,
      content: "one\n",
      mode: 0o640,
      owner: "root:salvus",
      runAs: "root",
    });
    expect(written).toMatchObject({ ok: true });
    expect(await runInside(web1, ["stat", "-c", "%a %U:%G", path])).toMatchObject({
      stdout: "640 root:salvus\n",
    });
    expect(await connection.readFile(path, SHORT)).toEqual({ kind: "content", content: "one\n" });
    expect(await connection.readFile("/srv/conf/none", SHORT)).toEqual({ kind: "absent" });
  });

  it("stays as it was when the disk is full, and nothing lies beside it", async () => {
    const connection = connect();
    await connection.run(["mkdir", "-p", "/srv/conf"], SHORT);
    await connection.writeFile({ ...SHORT, path, content: "old\n", mode: 0o600 });
    await fill(web1);
    const written = await connection.writeFile({
      ...SHORT,
      path,
      content: "new".repeat(10_000),
      mode: 0o600,
    });
    expect(written).toMatchObject({ ok: false, stderr: expect.stringContaining("No space left on device") });
    await heal(web1);
    expect(await connection.readFile(path, SHORT)).toEqual({ kind: "content", content: "old\n" });
    expect(await runInside(web1, ["ls", "-A", "/srv/conf"])).toMatchObject({ stdout: "settings\n" });
  });
});
