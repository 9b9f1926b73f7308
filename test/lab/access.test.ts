import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { run } from "./harness/command.ts";
import { expectSmc } from "./harness/expect-smc.ts";
import { blackhole, heal } from "./harness/faults.ts";
import { hostNamed, overSsh, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { SUDO_PASSWORD } from "./harness/ssh-access.ts";

const ROLES: Readonly<Record<string, string>> = { db1: "db", web1: "web", web2: "web", box1: "compute" };
const lab = await startLab({ hosts: Object.keys(ROLES), owned: true });
const site = await labSite(lab, {
  services: { compute: { at: "@compute", command: ["true"] } },
  machine: ({ name, address }) => ({ vpn: address, role: ROLES[name], dc: "DC0" }),
});
const secretsFolder = join(site.directory, "secrets/lab");

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

const smc = (line: string, code = 0) => expectSmc(site, line, code);

async function inside(host: string, script: string): Promise<string> {
  const { stdout } = await runInside(hostNamed(lab, host), ["sh", "-c", script]);
  return stdout;
}

/** What sudo says to the account with that password. */
async function sudo(host: string, password: string): Promise<string> {
  const argv = ["-l", "asksudo", "sudo", "-S", "id", "-u"];
  return (await overSsh(lab, { host, argv }, { input: `${password}\n` })).stdout;
}

const kept = (name: string): Promise<string> =>
  readFile(join(secretsFolder, name), "utf8").then(
    text => text.trim(),
    () => "not there",
  );

/** Changes the entry of the deployment in the services file. */
async function rewrite(words: Readonly<Record<string, unknown>>): Promise<void> {
  const path = join(site.directory, "conf/services.yaml");
  const file = parse(await readFile(path, "utf8")) as { deployments: { lab: object } };
  file.deployments.lab = { ...file.deployments.lab, ...words };
  await writeFile(path, stringify(file));
}

describe("a new password", () => {
  it("is shown as a plan, and nothing is made up for it", async () => {
    const { out, err } = await smc("passwords rotate --account asksudo --dry-run");
    expect(out).toContain("set the new password of asksudo on box1");
    expect(out).toContain("become asksudo on web2 by the new password");
    expect(err).toBe("");
    expect(await kept("accounts/asksudo.new")).toBe("not there");
    expect((await smc("passwords rotate --dry-run")).err).toContain("no password opens the account");
  });

  it("is set where hosts answer, and the old one kept while one does not", async () => {
    const before = await inside("web1", "getent shadow asksudo");
    await blackhole(hostNamed(lab, "web2"));
    const { err } = await smc("passwords rotate --account asksudo --yes", 1);
    await heal(hostNamed(lab, "web2"));
    expect(err).toMatch(/note: web2: did not answer/);
    expect(err).toMatch(/some hosts have the old password of asksudo yet/);
    const password = await kept("accounts/asksudo.new");
    expect(password).toMatch(/^[A-Za-z2-9]{24}$/);
    expect((await stat(join(secretsFolder, "accounts/asksudo.new"))).mode & 0o777).toBe(0o600);
    expect(await inside("web1", "getent shadow asksudo")).not.toBe(before);
    expect(await sudo("web1", password)).toBe("0\n");
    expect(await sudo("web1", SUDO_PASSWORD)).toBe("");
    expect(await sudo("web2", SUDO_PASSWORD)).toBe("0\n");
  });

  it("takes the place of the old one when the last host has it", async () => {
    const password = await kept("accounts/asksudo.new");
    const { out } = await smc("passwords rotate --account asksudo --dry-run");
    expect(out).toContain("set the new password of asksudo on web2");
    expect(out).not.toContain("set the new password of asksudo on web1");
    expect(out).toContain("become asksudo on web1");
    await smc("resume");
    expect(await kept("accounts/asksudo.new")).toBe("not there");
    expect(await kept("accounts/asksudo")).toBe(password);
    expect(await sudo("web2", password)).toBe("0\n");
    expect(await site.everythingWritten()).not.toContain(password);
  });

  it("may be the operator's own", async () => {
    const own = "battery staple $HOME 'quoted' \\n";
    await writeFile(join(secretsFolder, "accounts/asksudo.new"), `${own}\n`, { mode: 0o600 });
    const { err } = await smc("passwords rotate --account asksudo --yes");
    expect(err).toContain("was there already, and is the new password of asksudo");
    expect(await sudo("db1", own)).toBe("0\n");
    expect(await kept("accounts/asksudo")).toBe(own);
    expect((await smc("secrets list")).out).toMatch(/accounts\/asksudo +present +made by smc/);
  });
});

describe("a secret of a role", () => {
  const entry = (at: string, words: object = {}) => ({
    secrets: { "keys/backup": { at, path: "/home/salvus/backup/key", owner: "salvus", ...words } },
  });
  const look = (host: string): Promise<string> =>
    inside(host, "stat -c '%a %U' /home/salvus/backup/key && cat /home/salvus/backup/key");

  it("is brought to the hosts of the role, and nowhere else", async () => {
    await mkdir(join(secretsFolder, "keys"));
    await rewrite(entry("@web"));
    expect((await smc("secrets apply", 2)).err).toContain("keys/backup");
    await writeFile(join(secretsFolder, "keys/backup"), "the key of backups\n", { mode: 0o600 });
    expect((await smc("secrets plan")).out).toMatch(
      /web\[1-2\] +\/home\/salvus\/backup\/key +keys\/backup +missing/,
    );
    await smc("secrets apply");
    expect(await look("web1")).toBe("600 salvus\nthe key of backups\n");
    expect(await look("db1")).toBe("");
    expect((await smc("secrets apply")).err).toMatch(/done: 0 changed/);
    expect((await smc("secrets status")).out).toMatch(/web\[1-2\] .* delivered/);
    expect(await site.everythingWritten()).not.toContain("the key of backups");
  });

  it("is removed where the role changed, unless somebody else changed the file", async () => {
    await inside("web2", "echo other > /home/salvus/backup/key");
    await rewrite(entry("@db"));
    const { out } = await smc("secrets status", 3);
    expect(out).toMatch(/web1 .* unneeded/);
    expect(out).toMatch(/web2 .* foreign/);
    expect((await smc("secrets apply", 2)).err).toContain("remove 1 secrets from web1?");
    expect((await smc("secrets apply --yes", 1)).err).toContain(
      "web2 /home/salvus/backup/key: somebody changed it",
    );
    expect(await look("web1")).toBe("");
    expect(await look("web2")).toMatch(/other/);
    expect(await look("db1")).toMatch(/the key of backups/);
  });

  it("is no key on a compute server, whatever it is called, and doctor finds one that got there", async () => {
    await writeFile(join(secretsFolder, "keys/backup"), "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    await rewrite(entry("box1"));
    expect((await smc("secrets apply", 3)).err).toContain("keys/backup is a private key");
    expect((await smc("doctor box1", 0)).out).toMatch(/keys +ok/);
    await inside("box1", "echo '-----BEGIN RSA PRIVATE KEY-----' > /home/salvus/.ssh/whatever");
    expect((await smc("doctor box1", 1)).out).toContain("/home/salvus/.ssh/whatever");
    await rm(join(secretsFolder, "keys"), { recursive: true });
    await rewrite({ secrets: {} });
  });
});

describe("preparation", () => {
  it("gives a host its name in /etc/hosts, and asks before it stops what the distribution runs", async () => {
    await rewrite({ services: { nginx: { at: "web1" } } });
    await inside("web1", "sed -i /web1/d /etc/hosts; systemctl start nginx");
    const { err } = await smc("prepare web1", 2);
    expect(err).toContain("nginx.service on web1");
    expect(await inside("web1", "systemctl is-active nginx")).toBe("active\n");
    await smc("prepare web1 --yes");
    expect(await inside("web1", "systemctl is-active nginx; getent -s files hosts web1")).toMatch(
      new RegExp(`^inactive\\n${hostNamed(lab, "web1").address} +web1\n$`),
    );
    expect((await smc("prepare web1")).err).toMatch(/done: 0 changed/);
  });
});

describe("an image", () => {
  /** A file system of 4 MB with a hole of 60. */
  async function makeImage(name: string): Promise<string> {
    const folder = join(site.directory, name);
    await mkdir(folder);
    const script =
      "head -c 4M /dev/urandom >root.img; truncate -s 64M root.img; echo kernel >vmlinuz; echo initrd >initrd.img; sha256sum *i* >SHA256SUMS";
    await run(["sh", "-ec", `cd "$1"; ${script}`, "sh", folder]);
    return folder;
  }
  const places = (name: string): Promise<string[]> =>
    Promise.all(
      ["db1", "web1", "web2"].map(host =>
        inside(host, `cd /var/lib/smc/images/${name} && sha256sum root.img && du -m root.img | cut -f1`),
      ),
    );

  it("is passed on from machine to machine, checked, and leaves no door open", async () => {
    const folder = await makeImage("site-2026-01-02-0304");
    const { out } = await smc(`image push ${folder} db1 web1 web2 --json`);
    const { steps } = JSON.parse(out) as { steps: { id: string; note?: string }[] };
    const notes = new Map(steps.map(({ id, note }) => [id, note]));
    expect(notes.get("send to db1")).toMatch(/^64(\.0)?MB at /);
    expect([notes.get("fetch to web1"), notes.get("fetch to web2")]).toEqual([
      expect.stringMatching(/^64(\.0)?MB at /),
      expect.stringMatching(/^64(\.0)?MB at /),
    ]);
    expect([notes.get("send to web1"), notes.get("send to web2")]).toEqual([undefined, undefined]);
    const there = await places("site-2026-01-02-0304");
    expect(new Set(there).size).toBe(1);
    expect(Number(there[0]?.split("\n")[1])).toBeLessThan(10);
    for (const host of ["db1", "web1", "web2"])
      expect(
        await inside(
          host,
          "ls /run | grep smc-image.*token; ls -A /run/smc-images 2>&1; ss -Hltn sport = 873",
        ),
      ).not.toMatch(/site-|873|token/);
    expect((await smc(`image push ${folder} db1 web1 web2`)).err).toMatch(/^done: 0 changed/m);
  });

  it("comes from here where machines do not reach each other", async () => {
    const folder = await makeImage("site-2026-01-02-0305");
    const table =
      "table inet shut { chain input { type filter hook input priority 0; tcp dport 873 reject; }; }";
    await inside("db1", `echo '${table}' | nft -f -`);
    const { err } = await smc(`image push ${folder} db1 web1`);
    await inside("db1", "nft delete table inet shut");
    expect(err).toMatch(/not from db1, whose rsync ended with \d+/);
    expect(await inside("web1", "ls /var/lib/smc/images")).toContain("site-2026-01-02-0305");
  });
});
