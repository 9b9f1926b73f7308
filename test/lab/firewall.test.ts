import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, run } from "./harness/command.ts";
import { expectSmc } from "./harness/expect-smc.ts";
import { hostNamed, overSsh, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { boot, kill, runInside } from "./harness/machine.ts";
import { waitUntil } from "./harness/wait-until.ts";

const lab = await startLab({ hosts: ["db1", "web1", "c1", "c2"], owned: true });
const [db1, web1] = [hostNamed(lab, "db1"), hostNamed(lab, "web1")];
const command = ["sleep", "infinity"];
const SERVICES = {
  store: { at: "db1", command, ports: { store: 4000 } },
  app: { at: "web1", needs: ["store"], command, ports: { app: 4100 } },
  compute: { at: ["c1", "c2"], command },
};
/** A port more on every host: other rules for all of them. */
const MORE_SERVICES = { ...SERVICES, extra: { at: ["db1", "web1"], command, ports: { extra: 4200 } } };
const site = await labSite(lab, { services: SERVICES });

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

/** Something listens on these ports of every host, whatever the services file says of them. */
const LISTEN = `for (const port of [4000, 4100, 4200, 9999]) require("net").createServer(s => s.on("error", () => {})).listen(port)`;

beforeAll(async () => {
  for (const host of lab.hosts)
    await runInside(host, ["systemd-run", "--quiet", "--unit=listen", "/usr/bin/node", "-e", LISTEN]);
  await waitUntil(() => reaches("web1", "db1", 9999), { what: "listeners", timeout: 20_000 });
});

const smc = (line: string, code = 0) => expectSmc(site, line, code);

/** Whether a connection from one host to a port of another is opened within a second. */
async function reaches(from: string, to: string, port: number): Promise<boolean> {
  const { address } = hostNamed(lab, to);
  const script = `timeout 1 bash -c 'exec 3<>/dev/tcp/${address}/${port}'`;
  return (await runInside(hostNamed(lab, from), ["sh", "-c", script])).code === 0;
}

const ALLOWED = [
  ["web1", "db1", 4000],
  ["db1", "web1", 4100],
  ["web1", "c1", 22],
  ["c1", "web1", 22],
] as const;
const FORBIDDEN = [
  ["c1", "db1", 4000],
  ["c1", "web1", 4100],
  ["web1", "db1", 9999],
  ["c1", "c2", 22],
  ["c2", "c1", 4000],
] as const;

const open = (pairs: readonly (readonly [string, string, number])[]): Promise<boolean[]> =>
  Promise.all(pairs.map(([from, to, port]) => reaches(from, to, port)));

/**
 * Connects again and again from web1 to db1, to a port that is allowed and to one that is not, and counts what should not be;
 * one connection stays open all the time and is talked over.
 */
const POLL = `
const net = require("net"), fs = require("fs"), [host] = process.argv.slice(1);
const counts = { tried: 0, cut: 0, opened: 0, broken: 0 };
const once = (port, wait) => new Promise(done => {
  const socket = net.connect(port, host);
  const end = result => { socket.destroy(); done(result); };
  socket.setTimeout(wait, () => end(false)).on("connect", () => end(true)).on("error", () => end(false));
});
const kept = net.connect(4000, host).on("error", () => counts.broken++).on("close", () => counts.broken++);
const poll = async (port, wait, should, what) => {
  while (!fs.existsSync("/tmp/stop")) { counts.tried++; if (await once(port, wait) !== should) counts[what]++; kept.write("x"); await new Promise(r => setTimeout(r, 5)); }
};
Promise.all([poll(4000, 900, true, "cut"), poll(9999, 100, false, "opened")]).then(() => { console.log(JSON.stringify(counts)); process.exit(); });
`;

const tables = async (): Promise<string> => (await runInside(db1, ["nft", "list", "ruleset"])).stdout;
const ownTable = async (): Promise<string> =>
  (await runInside(db1, ["nft", "list", "table", "inet", "smc"])).stdout;

describe("a firewall", () => {
  it("is shown before it is there, and everything is open", async () => {
    const { out } = await smc("firewall plan");
    expect(out).toContain(`ip saddr ${web1.address} tcp dport 4000 accept # store, for app`);
    expect(await open([...ALLOWED, ...FORBIDDEN])).not.toContain(false);
    expect((await smc("firewall status", 3)).out).toMatch(/^db1 +open$/m);
    expect(await tables()).toBe("");
  });

  it("lets in what the services file allows and nothing else, and leaves other tables as they are", async () => {
    await run(["ip", "netns", "exec", db1.machine, "nft", "add", "table", "ip", "of_somebody"]);
    await smc("firewall apply --yes");
    expect(await open(ALLOWED)).not.toContain(false);
    expect(await open(FORBIDDEN)).not.toContain(true);
    expect(await overSsh(lab, { host: "db1", argv: ["true"] })).toMatchObject({ code: 0 });
    expect(await tables()).toContain("table ip of_somebody");
    expect((await smc("firewall status")).out.match(/in force/g)).toHaveLength(4);
  });

  it("has nothing to do a second time", async () => {
    expect((await smc("firewall apply --yes")).err).toMatch(/done: 0 changed, 4 unchanged/);
  });

  it("is at no moment open or closed while its rules are replaced", async () => {
    const polled = runInside(web1, ["/usr/bin/node", "-e", POLL, db1.address]);
    await site.rewrite(MORE_SERVICES);
    await smc("firewall apply --yes");
    expect(await reaches("web1", "db1", 4200)).toBe(true);
    await runInside(web1, ["touch", "/tmp/stop"]);
    const counts = JSON.parse((await polled).stdout) as Record<string, number>;
    console.log(`polled during an apply: ${JSON.stringify(counts)}`);
    expect(counts).toMatchObject({ cut: 0, opened: 0, broken: 0 });
    expect(counts["tried"]).toBeGreaterThan(20);
  });

  it("puts its old rules back when smc cannot come in again, and smc says so", async () => {
    const before = await ownTable();
    await site.rewrite(SERVICES);
    const match = `ip saddr ${lab.layout.controllerAddress} tcp dport 22 ct state new`;
    const chain = `chain in { type filter hook input priority -10; ${match} limit rate over 1/hour burst 1 packets drop; }`;
    const table = `table inet smc_lab { ${chain}; }\n`;
    await run(["ip", "netns", "exec", db1.machine, "nft", "-f", "-"], { input: table });
    const { err } = await smc("firewall apply db1 --yes", 1);
    expect(err).toMatch(/confirm the rules over a new connection.*failed/);
    expect(await ownTable()).not.toBe(before);
    const back = async (): Promise<boolean> => (await ownTable()) === before;
    await waitUntil(back, { what: "the old rules", timeout: 40_000, interval: 250 });
    expect(await tables()).toContain("table ip of_somebody");
    await attempt(["ip", "netns", "exec", db1.machine, "nft", "delete", "table", "inet", "smc_lab"]);
    expect((await smc("firewall status db1", 3)).out).toMatch(/^db1 +differs/m);
    await smc("resume");
    expect((await smc("firewall status db1")).out).toMatch(/^db1 +in force$/m);
  });

  it("is there again after a boot", async () => {
    await kill(db1.machine);
    await run(["ip", "netns", "exec", db1.machine, "nft", "flush", "ruleset"]);
    await boot(db1, lab.baseImage);
    expect(await ownTable()).toContain("policy drop");
    expect((await smc("firewall status db1")).out).toMatch(/^db1 +in force$/m);
  });
});
