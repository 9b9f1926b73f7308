import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SmcOptions } from "../helpers/smc.ts";
import { attempt, run } from "./harness/command.ts";
import { expectSmc } from "./harness/expect-smc.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { waitUntil } from "./harness/wait-until.ts";

const NAMES = ["db1", "db2", "db3", "web-1", "web-2"];
const lab = await startLab({ hosts: NAMES, owned: true });
const site = await labSite(lab, {
  services: {},
  deployment: { vpn: { kind: "tinc", netmask: "255.255.255.0", mesh: "hosts" } },
  machine: ({ address }, index) => ({ vpn: vpnAddress(index), public: address, dc: "DC0" }),
});

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

function vpnAddress(index: number): string {
  return `10.77.0.${index + 1}`;
}

const smc = (line: string, code = 0, options: SmcOptions = {}) =>
  expectSmc({ smc: words => site.smc(words, options) }, line, code);

async function inside(host: string, script: string): Promise<string> {
  const { stdout } = await runInside(hostNamed(lab, host), ["sh", "-c", script]);
  return stdout;
}

/** Drops packets at one host; what is dropped is in nftables' words. */
async function drop(host: string, ...rules: readonly string[]): Promise<void> {
  const chain = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority 0; ${rules.map(rule => `${rule} drop;`).join(" ")} }`;
  const table = `table inet smc_lab { ${chain("input")}; ${chain("output")}; }\n`;
  await run(["ip", "netns", "exec", hostNamed(lab, host).machine, "nft", "-f", "-"], { input: table });
}

async function undrop(host: string): Promise<void> {
  const { machine } = hostNamed(lab, host);
  await attempt(["ip", "netns", "exec", machine, "nft", "delete", "table", "inet", "smc_lab"]);
}

const TINC_PORT = ["tcp dport 655", "tcp sport 655", "udp dport 655", "udp sport 655"];

describe("a VPN", () => {
  it("shows what it would do, and does nothing", async () => {
    const { out } = await smc("vpn join db[1-3],web-1 --dry-run");
    expect(out).toContain("make the key of web-1, 2048 bits");
    expect(out).toContain("then /etc/tinc/smc/rsa_key.pub of db2");
    expect(await inside("db1", "ls /etc/tinc")).toBe("nets.boot\n");
  });

  it("is a mesh of four hosts after one command, in which all reach all by themselves", async () => {
    await smc("vpn join db[1-3],web-1");
    expect((await smc("vpn check")).out).toMatch(/^4 members, 12 ways: 12 answer, 12 of them directly, /);
    expect(await inside("db1", "systemctl is-enabled tinc@smc; ps -o ni= -C tincd")).toMatch(
      /^enabled\n *-10\n$/,
    );
  });

  it("makes private keys on their hosts, and takes none of them away", async () => {
    expect(await inside("db1", "stat -c '%a %U' /etc/tinc/smc/rsa_key.priv")).toBe("600 root\n");
    const written = await site.everythingWritten();
    expect(written).toContain("BEGIN RSA PUBLIC KEY");
    expect(written).not.toContain("PRIVATE KEY");
  });

  it("names the port and the hosts when a new one is kept out, and takes it in when it is not", async () => {
    await drop("web-2", ...TINC_PORT);
    const { err, code } = await site.smc("vpn join web-2 --timeout 12s");
    await undrop("web-2");
    expect(code).toBe(1);
    expect(err).toMatch(/over the VPN no answer from db1 db2 db3 web-1 - is port 655 open/);
    await smc("vpn join web-2");
    expect((await smc("vpn check")).out).toMatch(/^5 members, 20 ways: 20 answer/);
  });

  it("has nothing to do a second time", async () => {
    const { err } = await smc("vpn join @all");
    expect(err).toMatch(/done: 0 changed, 5 unchanged/);
    expect((await smc("vpn status")).out.match(/ running /g)).toHaveLength(5);
  });

  it("is found by a controller that knows nothing of it", async () => {
    const state = join(site.directory, "other-state");
    const { err } = await smc("vpn join @all", 0, { env: { SMC_STATE: state } });
    expect(err).toMatch(/done: 0 changed, 5 unchanged/);
    const kept = await readdir(join(state, "lab/vpn"));
    expect(kept.toSorted()).toEqual(NAMES.map(name => `${name}.pub`));
    await rm(state, { recursive: true });
  });

  it("changes the key of a host while others talk to it", async () => {
    const before = (await smc("vpn status --json")).out;
    const pings = runInside(hostNamed(lab, "db1"), [
      "sh",
      "-c",
      `ping -q -i 0.05 -W 1 -c 200 ${vpnAddress(1)}`,
    ]);
    await smc("vpn rotate db2");
    const { stdout } = await pings;
    const received = Number(/(\d+) received/.exec(stdout)?.[1]);
    console.log(`rotation: ${200 - received} of 200 pings lost, one every 50 ms`);
    expect(received).toBeGreaterThan(140);
    expect(keyOf((await smc("vpn status --json")).out, "db2")).not.toBe(keyOf(before, "db2"));
    expect((await smc("vpn check")).out).toMatch(/20 answer, 20 of them directly/);
  });

  it("tells of a link that was cut, although a third carries its packets", async () => {
    const { address } = hostNamed(lab, "db2");
    await drop("db1", `ip saddr ${address}`, `ip daddr ${address}`);
    const found = async (): Promise<string | undefined> => {
      const { code, out } = await site.smc("vpn check");
      return code === 3 && out.includes("over") ? out : undefined;
    };
    const out = await waitUntil(found, { what: "a check that finds it", timeout: 90_000, interval: 1000 });
    expect(out).toMatch(/^db1 reaches db2 over (db3|web-1|web-2), not directly$/m);
    expect(out).not.toMatch(/db3 reaches/);
    await undrop("db1");
  });

  it("lets nobody in who has left, not even with the old key", async () => {
    await inside("web-2", "cp -a /etc/tinc/smc /root/stolen");
    await smc("vpn leave web-2 --yes");
    expect(await inside("web-2", "ls /etc/tinc")).toBe("nets.boot\n");
    expect(await inside("db3", "ls /etc/tinc/smc/hosts")).toBe("db1\ndb2\ndb3\nweb_1\n");
    await inside("web-2", "cp -a /root/stolen /etc/tinc/smc && systemctl start tinc@smc && sleep 3");
    const tried = await inside("web-2", `ping -q -c 4 -i 0.5 -W 1 ${vpnAddress(0)}`);
    expect(tried).toContain("100% packet loss");
    expect((await smc("vpn check", 3)).out).not.toContain("web-1 does not reach db");
  });
});

function keyOf(json: string, name: string): string | undefined {
  const { hosts } = JSON.parse(json) as { hosts: { host: string; key?: string }[] };
  return hosts.find(({ host }) => host === name)?.key;
}
