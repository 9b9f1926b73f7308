import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { CommandOutcome } from "./harness/command.ts";
import { blackhole, cut, fill, heal } from "./harness/faults.ts";
import { hostNamed, overSsh, removeLab, startLab } from "./harness/lab.ts";
import { boot, isRunning, kill, runInside } from "./harness/machine.ts";
import { SUDO_PASSWORD } from "./harness/ssh-access.ts";

const lab = await startLab({ hosts: ["db1", "db2", "db3", "web1"], owned: true });
const db1 = hostNamed(lab, "db1");
const web1 = hostNamed(lab, "web1");

afterAll(() => removeLab(lab.layout));

function ssh(host: string, ...argv: string[]): Promise<CommandOutcome> {
  return overSsh(lab, { host, argv: ["-o", "ConnectTimeout=2", ...argv] });
}

describe("a lab host", () => {
  it.each(lab.hosts)("$name runs systemd and answers ssh by its true key", async ({ name }) => {
    const answer = await ssh(name, "hostname; systemctl is-system-running");
    expect(answer).toEqual({ code: 0, stdout: `${name}\nrunning\n`, stderr: "" });
  });

  it("is known to the others by name, and reaches nothing else", async () => {
    const reached = await ssh("db1", "exec 3<>/dev/tcp/web1/22 && head -c 7 <&3");
    expect(reached.stdout).toBe("SSH-2.0");
    const routes = await ssh("db1", "ip -4 route");
    expect(routes.stdout.trim()).toMatch(/^10\.213\.\d+\.0\/24 dev eth0 .+ src \S+$/);
  });

  it("has users with sudo, without, and with a password", async () => {
    const sudo = (user: string, ...words: string[]): Promise<CommandOutcome> =>
      overSsh(lab, { host: "web1", argv: ["-l", user, "sudo", ...words] }, { input: `${SUDO_PASSWORD}\n` });
    expect(await sudo("salvus", "-n", "id", "-u")).toMatchObject({ code: 0, stdout: "0\n" });
    expect(await sudo("nosudo", "-n", "id", "-u")).toMatchObject({ code: 1, stdout: "" });
    expect(await sudo("asksudo", "-n", "id", "-u")).toMatchObject({ code: 1, stdout: "" });
    expect(await sudo("asksudo", "-S", "id", "-u")).toMatchObject({ code: 0, stdout: "0\n" });
  });

  // A process of another host would show as 0 in the control group of the same service.
  it("has services of its own: the control group of one holds no process of another host", async () => {
    for (const name of ["db1", "web1"])
      expect(await ssh(name, "systemctl start nginx")).toMatchObject({ code: 0 });
    const processes = await ssh("web1", "cat $(find /sys/fs/cgroup -path '*/nginx.service/cgroup.procs')");
    expect(processes.stdout).toMatch(/^[1-9]/);
    expect(processes.stdout).not.toMatch(/^0$/m);
    expect(await ssh("db1", "systemctl stop nginx")).toMatchObject({ code: 0 });
    expect(await ssh("web1", "systemctl is-active nginx")).toMatchObject({ stdout: "active\n" });
    await ssh("web1", "systemctl stop nginx");
  });
});

describe("a fault", () => {
  afterEach(() => heal(web1));

  it.each([
    { what: "a cut cable", fault: cut },
    { what: "a black hole", fault: blackhole },
  ])("$what keeps everybody out until it is healed", async ({ fault }) => {
    await fault(web1);
    expect(await ssh("web1", "true")).toMatchObject({
      code: 255,
      stderr: expect.stringMatching(/timed out|No route to host/),
    });
    expect(await isRunning(web1)).toBe(true);
    expect(await ssh("db1", "true")).toMatchObject({ code: 0 });
    await heal(web1);
    expect(await ssh("web1", "true")).toMatchObject({ code: 0 });
  });

  it("a full disk leaves no room for a line, and reads on", async () => {
    await ssh("web1", "echo before > /srv/note");
    await fill(web1);
    expect(await ssh("web1", "echo more > /srv/other")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No space left on device"),
    });
    expect(await ssh("web1", "cat /srv/note")).toMatchObject({ stdout: "before\n" });
    await heal(web1);
    expect(await ssh("web1", "echo more > /srv/other")).toMatchObject({ code: 0 });
  });

  it("a power cut ends a host, which boots again from what was on its disk", async () => {
    await ssh("db1", "echo kept > /srv/note; sync");
    await kill(db1.machine);
    expect(await isRunning(db1)).toBe(false);
    expect(await runInside(db1, ["true"])).toMatchObject({ code: null, stderr: "db1 is not running" });
    expect(await ssh("db1", "true")).toMatchObject({ code: 255 });
    await boot(db1, lab.baseImage);
    expect(await ssh("db1", "cat /srv/note")).toMatchObject({ code: 0, stdout: "kept\n" });
  });
});
