import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { CLIENT_KINDS, LoadClient } from "../../../script/benchmarks/stop-order/load-client.ts";
import { expectSmc } from "../harness/expect-smc.ts";
import { blackholeFrom, fill, heal } from "../harness/faults.ts";
import { hostNamed, removeLab, startLab } from "../harness/lab.ts";
import { labSite } from "../harness/lab-site.ts";
import { runInside } from "../harness/machine.ts";
import { smallSite } from "../harness/small-site.ts";
import { waitUntil } from "../harness/wait-until.ts";

/** Requests a second of each client. */
const RATE = 50;
const NAMES = ["db1", "db2", "db3"];

const lab = await startLab({ hosts: NAMES, owned: true });
const { cassandra } = smallSite("");
const service = (version: string) => ({
  cassandra: {
    ...cassandra,
    at: "db[1-3]",
    version,
    num_tokens: 4,
    users: { operator: { superuser: true } },
    replication: { site: { DC0: 3 }, load: { DC0: 3 }, system_auth: { DC0: 3 } },
  },
});
const site = await labSite(lab, { services: service("5.0.4") });
const clients: LoadClient[] = [];

afterAll(async () => {
  await Promise.all(clients.map(client => client.close()));
  await removeLab(lab.layout);
  await site.close();
});

const smc = (line: string, code = 0) => expectSmc(site, line, code);

/** Runs smc while clients read and write; gives what those that retry as usual lost. */
async function underLoad(line: string): Promise<readonly string[]> {
  clients.forEach(client => client.start(RATE));
  const began = performance.now();
  const result = await site.smc(line);
  const seconds = Math.round((performance.now() - began) / 1000);
  const ends = await Promise.all(clients.map(client => client.end()));
  const told = ends.map(
    ({ requests, errors }, index) => `${CLIENT_KINDS[index]}: ${errors.length} of ${requests} failed`,
  );
  process.stderr.write(`smc ${line}: ${seconds} s; ${told.join("; ")}\n`);
  expect(`exit ${result.code}`, `${line}\n${result.out}${result.err}`).toBe("exit 0");
  return ends[CLIENT_KINDS.indexOf("usual retries")]?.errors ?? ["no such client"];
}

/** How often systemd has started the node of each host. */
async function starts(): Promise<Record<string, number>> {
  const counts = await Promise.all(
    NAMES.map(async name => {
      const journal = ["journalctl", "--quiet", "--output=cat", `--unit=${UNIT}`];
      const { stdout } = await runInside(hostNamed(lab, name), [...journal, "--grep=^Started "]);
      return [name, stdout.trim().split("\n").length] as const;
    }),
  );
  return Object.fromEntries(counts);
}

async function versions(): Promise<string[]> {
  const { out } = await site.smc("status cassandra --json");
  return (JSON.parse(out) as { instances: { version: string }[] }).instances.map(({ version }) => version);
}

const UNIT = "smc-lab-cassandra.service";
const COMMIT_LOG = "/var/lib/smc/lab/cassandra/commitlog";

/**
 * The commit log of this node is not on the disk that the tests fill. It is written through mapped memory, and a disk that has no room
 * for that may tear it or not, as it happens: a node with a torn one does not start ("Mutation checksum failure").
 */
async function giveCommitLogADisk(name: string): Promise<void> {
  const folder = ["install", "-d", "--owner=salvus", "--group=salvus", COMMIT_LOG];
  const disk = ["mount", "-t", "tmpfs", "-o", "size=512M,uid=salvus", "commitlog", COMMIT_LOG];
  for (const argv of [folder, disk]) {
    expect(await runInside(hostNamed(lab, name), argv)).toMatchObject({ code: 0 });
  }
}

/** The services file, in which services have another time to be ready. */
async function withTimeToBeReady(ready: string): Promise<string> {
  const file = parse(await readFile(join(site.directory, "conf/services.yaml"), "utf8")) as {
    deployments: { lab: object };
  };
  file.deployments.lab = { ...file.deployments.lab, timeouts: { ready } };
  return stringify(file);
}

const begun = async (step: string): Promise<boolean> =>
  (await site.journal()).some(record => record["type"] === "step-started" && record["step"] === step);

describe("the database of three real hosts, over SSH", () => {
  it("comes up, and takes the requests of clients", async () => {
    await smc("secrets init");
    await smc("install cassandra");
    await giveCommitLogADisk("db3");
    await smc("start cassandra");
    const password = await readFile(join(site.directory, "secrets/lab/cassandra/operator"), "utf8");
    for (const kind of CLIENT_KINDS) {
      const nodes = NAMES.map(name => hostNamed(lab, name).address);
      const login = { username: "operator", password: password.trim() };
      const client = new LoadClient({ kind, nodes, port: 9042, login });
      await client.connect("load", 3);
      clients.push(client);
    }
    await expect
      .poll(() => clients.map(client => client.hasAll(3)), { timeout: 60_000 })
      .toEqual([true, true]);
  }, 420_000);

  it("keeps what it has when a disk is full while a snapshot is taken: the node is named, none is stopped", async () => {
    const before = await starts();
    await fill(hostNamed(lab, "db3"));
    try {
      const { err } = await smc("snapshot create daily load", 1);
      expect(err).toMatch(/failed .*db3: [^]*(Unable to create|No space left)[^]* 100% /);
      expect((await smc("snapshot list")).out).not.toMatch(/daily .* all 3 nodes/);
    } finally {
      await heal(hostNamed(lab, "db3"));
    }
    await smc("snapshot create daily load");
    expect((await smc("snapshot list")).out).toMatch(/daily .* all 3 nodes/);
    expect(await starts()).toEqual(before);
    await smc("status cassandra");
    await smc("snapshot delete daily --yes");
  });

  it("has a node that closed its doors when its disk was full: no other may go, and a restart brings it back", async () => {
    const db3 = hostNamed(lab, "db3");
    await fill(db3);
    try {
      // disk_failure_policy: stop. The program goes on, without gossip and clients.
      await runInside(db3, ["/etc/smc/lab/cassandra/nodetool", "flush"]);
      await waitUntil(async () => /db\[1-2\] say of db3: shutdown/.test((await site.smc("ring")).out), {
        what: "the end of gossip on db3",
        timeout: 60_000,
        interval: 1000,
      });
    } finally {
      await heal(db3);
    }
    await site.write("hasty.yaml", await withTimeToBeReady("1s"));
    const { out } = await smc("-f hasty.yaml status cassandra", 3);
    expect(out).toMatch(/db3 +1 +not serving .* connection refused/);
    const before = await starts();
    const { err } = await smc("restart cassandra --rolling --yes", 3);
    expect(err).toContain("db[1-2]: load, site, system_auth would have 1");
    expect(await starts()).toEqual(before);
    await smc("restart cassandra db3 --yes");
    await smc("status cassandra");
    expect(await starts()).toEqual({ ...before, db3: (before["db3"] ?? 0) + 1 });
  }, 420_000);

  it("has no second node stopped when SSH is cut in the middle of a restart, and goes on by resume", async () => {
    const before = await starts();
    const earlier = (await site.journal())[0];
    const child = site.spawn("restart", "cassandra", "--rolling", "--yes");
    const [said, closed] = [text(child.stderr), once(child, "close")];
    const underWay = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error(await said);
      return (await site.journal())[0]?.["run"] !== earlier?.["run"] && begun("restart cassandra@db1");
    };
    try {
      await waitUntil(underWay, { what: "the restart of the first node", timeout: 120_000, interval: 50 });
      await blackholeFrom(hostNamed(lab, "db1"), lab.layout.controllerAddress);
      await closed;
      expect([child.exitCode, await said]).toEqual([1, expect.stringMatching(/failed .*db1: /)]);
      const cut = await starts();
      expect({ ...cut, db1: 0 }).toEqual({ ...before, db1: 0 });
    } finally {
      child.kill("SIGKILL");
      await heal(hostNamed(lab, "db1"));
    }
    const { err } = await smc("resume");
    expect(err).toMatch(/done: \d+ changed/);
    expect(await starts()).toEqual(Object.fromEntries(NAMES.map(name => [name, (before[name] ?? 0) + 1])));
  }, 420_000);

  it("is upgraded node by node by a plan that was written down, and no client that retries notices", async () => {
    await site.rewrite(service("5.0.6"));
    await smc("plan upgrade cassandra --output upgrade.json");
    expect(await underLoad("apply upgrade.json --yes")).toEqual([]);
    expect(await versions()).toEqual(["5.0.6", "5.0.6", "5.0.6"]);
    // What smc notes for the way back is root's.
    const folders = ["/var/lib/smc/lab/cassandra", "/etc/smc/lab/cassandra"];
    const foreign = ["find", ...folders, "!", "-user", "salvus", "!", "-path", "*/before-upgrade-*"];
    for (const name of NAMES) expect((await runInside(hostNamed(lab, name), foreign)).stdout).toBe("");
  }, 600_000);

  it("is repaired node by node, and no client that retries notices", async () => {
    expect(await underLoad("repair --rolling")).toEqual([]);
    await smc("repair status --fail-if-expiring 2d");
  }, 420_000);
});
