import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** Two hosts that nobody answers for: nothing listens on that port. */
const FILE = `smc: 1
default: storm
defaults: {user: salvus, ssh: {connect_timeout: 1s}}
machines:
  web1: {vpn: 127.0.0.1, ssh_port: 1, role: web}
  db1: {vpn: 127.0.0.2, ssh_port: 1, role: db}
  old1: {vpn: 127.0.0.9, managed: false}
deployments:
  storm:
    site: storm.example
    secrets:
      keys/backup: {at: "@web", path: /etc/backup/key}
  laptop: {site: laptop.example, transport: local}
`;

async function site(): Promise<(line: string) => Promise<SmcResult>> {
  const directory = await temporaryFolder();
  return line => smc(`-f services.yaml ${line}`, { directory, files: { "services.yaml": FILE } });
}

describe("smc passwords rotate", () => {
  it("names hosts that do not answer, keeps the password that it made up, and goes on with that one", async () => {
    const run = await site();
    const first = await run("passwords rotate --yes");
    expect(first.code).toBe(ExitCode.Failed);
    expect(first.err).toContain("did not answer");
    const file = join(first.directory, "secrets/storm/accounts/salvus.new");
    const password = await readFile(file, "utf8");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const second = await run("passwords rotate --yes");
    expect(second.err).toContain("was there already, and is the new password of salvus");
    expect(await readFile(file, "utf8")).toBe(password);
    expect(first.err + first.out + second.err + second.out).not.toContain(password.trim());
  });

  it("asks before it does, and makes nothing up before it was answered", async () => {
    const run = await site();
    const { code, err, directory } = await run("passwords rotate");
    expect({ code, err }).toMatchObject({
      code: ExitCode.Usage,
      err: expect.stringContaining("change the password of salvus on web1,db1?"),
    });
    await expect(stat(join(directory, "secrets"))).rejects.toThrow("ENOENT");
  });

  it("names a host that it does not manage, and touches none", async () => {
    const run = await site();
    const { code, err } = await run("-d storm passwords rotate web1 old1 --yes");
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining("smc does not manage old1")]);
    expect((await run("passwords rotate --dry-run")).out).not.toContain("old1");
  });

  it("leaves the password of who sits at the machine to passwd", async () => {
    const run = await site();
    expect(await run("-d laptop passwords rotate")).toMatchObject({ code: ExitCode.Usage });
    expect((await run("-d laptop secrets apply")).err).toContain("laptop is on this machine alone");
  });
});

describe("the secrets of hosts that do not answer", () => {
  it("are unknown, and never called missing", async () => {
    const run = await site();
    const { code, out } = await run("secrets status --json");
    expect(code).toBe(StatusExitCode.Unreachable);
    const { secrets } = JSON.parse(out) as { secrets: { host: string; state: string; secret?: string }[] };
    expect(secrets).toMatchObject([
      { host: "web1", secret: "keys/backup", state: "unknown" },
      { host: "db1", state: "unknown" },
    ]);
  });

  it("leave it open what hosts need no more, which apply says of each, also where secrets are to come", async () => {
    const run = await site();
    const { directory } = await run("secrets list");
    await mkdir(join(directory, "secrets/storm/keys"), { recursive: true });
    await writeFile(join(directory, "secrets/storm/keys/backup"), "x\n", { mode: 0o600 });
    const { code, err } = await run("secrets apply --yes");
    expect(code).toBe(ExitCode.Failed);
    const lines = err.split("\n").filter(line => line.endsWith("type it again when it answers"));
    expect(lines.map(line => line.split(":")[0])).toEqual(["web1", "db1"]);
  });

  it("are not brought from where there are none: it is said which, and nothing is touched", async () => {
    const run = await site();
    const { code, err } = await run("secrets apply");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("keys/backup");
    expect((await run("secrets list")).out).toMatch(/keys\/backup +missing +from outside/);
  });
});
