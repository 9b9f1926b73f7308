import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auth, Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { HUB_SCHEMA } from "../../../examples/shared/schema.ts";
import { smc, type SmcResult } from "../../helpers/smc.ts";

const PORT = 29342;
const REPLICATION = "{ site: { DC0: 2 }, other: { DC0: 1 } }";
const USERS = "{ operator: { superuser: true }, second: { superuser: true }, hub: { grant: { site: all } } }";

/** The services file, with other contents of the database than it began with. */
function fileWith(
  words: { replication?: string; users?: string; drop?: string; dc?: string; second?: string } = {},
): string {
  const dc = words.dc ?? "DC0";
  return `smc: 1
default: here
ports: { cassandra_native: ${PORT}, cassandra_internode: [27400, 27401], cassandra_jmx: 27499 }
deployments:
  here:
    site: localhost
    transport: local
    timeouts: { ready: 5m, start: 2m, stop: 2m }
    machines:
      db1: { vpn: 127.0.0.1, dc: ${dc}, rack: R1 }
      db2: { vpn: 127.0.0.2, dc: ${dc}, rack: R1 }
      db3: { vpn: 127.0.0.3, dc: ${dc}, rack: R1 }
    services:
      cassandra:
        at: "db[1-3]"
        version: 5.0.6
        source: { maven: "org.apache.cassandra:cassandra-all:5.0.6" }
        seeds: [db1]
        num_tokens: 4
        auth: password
        heap: { max: 384MB }
        replication: ${words.replication ?? REPLICATION}
        users: ${words.users ?? USERS}
        drop_users: ${words.drop ?? "[]"}
        jvm_options:
          - -XX:+UseSerialGC
          - -XX:TieredStopAtLevel=1
          - -Dcassandra.ring_delay_ms=5000
          - -Dcassandra.skip_wait_for_gossip_to_settle=0
          - -Dcassandra.superuser_setup_delay_ms=0
        config: { memtable_heap_space: 64MiB, memtable_offheap_space: 64MiB, commitlog_total_space: 128MiB }
      hub: { at: db1, keyspace: site }
      compute: { at: "db[1-3]", status: "on", hosts: { db2: { status: "${words.second ?? "on"}" } } }
`;
}

describe("what a real ring of three nodes with logins holds", () => {
  let directory = "";
  const run = (line: string, words: Parameters<typeof fileWith>[0] = {}): Promise<SmcResult> =>
    smc(line, {
      directory,
      files: { "conf/services.yaml": fileWith(words) },
      env: {
        XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "/root", ".cache"),
        PATH: process.env["PATH"] ?? "",
      },
    });
  const secretFile = (user: string): string => join(directory, "secrets/here/cassandra", user);
  const passwordOf = async (user: string): Promise<string> =>
    (await readFile(secretFile(user), "utf8")).trim();
  const query = async (user: string, password: string, text: string): Promise<unknown[]> => {
    const client = new Client({
      contactPoints: [`127.0.0.2:${PORT}`],
      localDataCenter: "DC0",
      authProvider: new auth.PlainTextAuthProvider(user, password),
    });
    try {
      await client.connect();
      return (await client.execute(text)).rows;
    } finally {
      await client.shutdown();
    }
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "smc-contents-"));
    await run("secrets init");
    const started = await run("start cassandra --yes");
    if (started.code !== ExitCode.Done) throw new Error(started.err);
  });

  afterAll(async () => {
    await run("stop cassandra --yes --allow-loss");
    await rm(directory, { recursive: true, force: true });
  });

  it("is as its services file says when it was just made", async () => {
    const replication = await run("replication apply --yes");
    expect([replication.code, replication.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("unchanged: nothing differs"),
    ]);
    const users = await run("users apply --yes");
    expect([users.code, users.err]).toEqual([ExitCode.Done, expect.stringContaining("unchanged")]);
    expect(users.err).toContain("left alone: cassandra; drop_users: [cassandra] drops the one");
  });

  it("refuses a data centre that the ring has not, with the name that was meant", async () => {
    const { code, err } = await run("replication apply --yes", {
      dc: "DCO",
      replication: "{ site: { DCO: 3 } }",
    });
    expect(err).toContain("the ring has no data centre DCO; did you mean DC0?");
    expect(code).toBe(ExitCode.Refused);
  });

  it("refuses a jump after which a quorum could miss what was written", async () => {
    const { code, err } = await run("replication plan", {
      replication: "{ site: { DC0: 3 }, other: { DC0: 3 } }",
    });
    expect(err).toContain("other: reads at QUORUM may miss what was written");
    expect(err).not.toContain("site:");
    expect(code).toBe(ExitCode.Refused);
  });

  it("replicates keyspaces as the services file says, and names the repairs that are due", async () => {
    const words = { replication: "{ site: { DC0: 3 }, other: { DC0: 3 } }" };
    const { code, err } = await run("replication apply --yes --allow-stale", words);
    expect(err).toMatch(/keyspace site +DC0: 2 +DC0: 3/);
    expect(err).toContain("next: smc repair --full site\nnext: smc repair --full other");
    expect(code).toBe(ExitCode.Done);
    const text = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = 'site'";
    expect(await query("operator", await passwordOf("operator"), text)).toMatchObject([
      { replication: { DC0: "3" } },
    ]);
  });

  it("takes a snapshot on every node, brings a table back to it, and deletes it", async () => {
    const admin = await passwordOf("operator");
    const cql = (text: string): Promise<unknown[]> => query("operator", admin, text);
    await cql("CREATE TABLE site.kept (id int PRIMARY KEY, text varchar)");
    for (const id of [1, 2, 3]) await cql(`INSERT INTO site.kept (id, text) VALUES (${id}, 'then')`);
    const made = await run("snapshot create daily site");
    expect([made.code, made.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("see the files of daily on db3"),
    ]);
    expect((await run("snapshot create daily site")).err).toContain("unchanged");
    const listed = await run("snapshot list");
    expect(listed.out).toMatch(/daily .* site +\d+ .* all 3 nodes/);

    await cql("DELETE FROM site.kept WHERE id = 1");
    await cql("UPDATE site.kept SET text = 'now' WHERE id = 2");
    const restored = await run("snapshot restore daily site.kept --yes");
    expect([restored.code, restored.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("empty site.kept on all nodes: changed"),
    ]);
    const rows = await cql("SELECT id, text FROM site.kept WHERE id IN (1, 2, 3)");
    expect(rows).toMatchObject([1, 2, 3].map(id => ({ id, text: "then" })));
    expect((await run("snapshot list")).out).toContain("before-restore-");

    expect(await run("snapshot delete dialy --yes")).toMatchObject({ code: ExitCode.Usage });
    expect(await run("snapshot delete daily --yes")).toMatchObject({ code: ExitCode.Done });
    expect((await run("snapshot list")).out).not.toContain("daily");
  });

  it("writes the status of compute servers, differences only", async () => {
    const absent = await run("compute sync");
    expect([absent.code, absent.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("there is no table site.compute_servers"),
    ]);
    const admin = await passwordOf("operator");
    for (const statement of HUB_SCHEMA.filter(text => text.includes("compute_servers")))
      await query("operator", admin, statement.replace("compute_servers", "site.compute_servers"));
    const read = (): Promise<unknown[]> =>
      query("operator", admin, "SELECT host, status, running FROM site.compute_servers");
    const shown = await run("compute sync --dry-run");
    expect(shown.out).toMatch(/db\[1-3\] +absent +on/);
    expect(await read()).toEqual([]);
    expect((await run("compute sync")).code).toBe(ExitCode.Done);
    const synced = await run("compute sync", { second: "no-new-projects" });
    expect([synced.code, synced.err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/db2 +on +no-new-projects/),
    ]);
    expect(await read()).toMatchObject([
      { host: "127.0.0.1", status: "on", running: true },
      { host: "127.0.0.2", status: "no-new-projects", running: false },
      { host: "127.0.0.3", status: "on", running: true },
    ]);
    const set = await run("compute set db3 off");
    expect([set.code, set.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("the services file says on of db3"),
    ]);
    expect((await run("compute set db3 off")).err).toContain("unchanged");
  });

  it("gives and takes rights, and lets nobody do more", async () => {
    const admin = await passwordOf("operator");
    await query("operator", admin, "CREATE TABLE site.notes (id int PRIMARY KEY, text varchar)");
    const words = {
      users: USERS.replace("all", "[select]").replace(
        "{ operator",
        "{ reader: { grant: { site: [select] } }, operator",
      ),
    };
    await run("secrets init", words);
    const { code, err } = await run("users apply --yes", words);
    expect(err).toMatch(/user reader +absent +a user/);
    expect(err).toMatch(/hub on site +.*modify.* +select/);
    expect(code).toBe(ExitCode.Done);
    const reader = await passwordOf("reader");
    expect(await query("reader", reader, "SELECT * FROM site.notes")).toEqual([]);
    await expect(query("reader", reader, "INSERT INTO site.notes (id) VALUES (1)")).rejects.toThrow(
      /no MODIFY/,
    );
    const hub = await passwordOf("hub");
    await expect
      .poll(() => query("hub", hub, "INSERT INTO site.notes (id) VALUES (1)").catch(String), {
        timeout: 15_000,
      })
      .toMatch(/no MODIFY/);
    expect((await run("users plan", words)).out).toContain("unchanged");
  });

  it("refuses rights on a keyspace that is not there", async () => {
    const { code, err } = await run("users apply --yes", { users: USERS.replace("site", "siet") });
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("no keyspace siet; did you mean site?"),
    ]);
  });

  it("sets a new password, also that of the superuser that smc logs in as", async () => {
    for (const user of ["hub", "operator"]) {
      const old = await passwordOf(user);
      await writeFile(secretFile(user), "another-password-7\n");
      const { code, err } = await run("users apply --yes");
      expect([code, err]).toEqual([
        ExitCode.Done,
        expect.stringMatching(new RegExp(`user ${user} +another password`)),
      ]);
      expect(err + (await run("history show --json")).out).not.toContain("another-password-7");
      await expect
        .poll(() => query(user, "another-password-7", "SELECT key FROM system.local"))
        .toHaveLength(1);
      await expect(query(user, old, "SELECT key FROM system.local")).rejects.toThrow(/incorrect/);
    }
  });

  it("does not drop a user while somebody is logged in as it, and does afterwards", async () => {
    const words = { drop: "[cassandra, reader]" };
    const client = new Client({
      contactPoints: [`127.0.0.3:${PORT}`],
      localDataCenter: "DC0",
      authProvider: new auth.PlainTextAuthProvider("reader", await passwordOf("reader")),
    });
    await client.connect();
    const blocked = await run("users apply --yes --timeout 5s", words);
    await client.shutdown();
    expect([blocked.code, blocked.err]).toEqual([
      ExitCode.Failed,
      expect.stringContaining("see that nobody is logged in as reader"),
    ]);
    const { code, err } = await run("users apply --yes", words);
    expect([code, err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("drop the database user reader: changed"),
    ]);
    const seen = await run("users plan --json", words);
    expect(JSON.parse(seen.out)).toMatchObject({ changes: [], notes: [] });
  });

  it("says who is not let in when the passwords are wrong, and touches nothing", async () => {
    const kept = await Promise.all(["operator", "second"].map(passwordOf));
    await Promise.all(["operator", "second"].map(user => writeFile(secretFile(user), "wrong\n")));
    const { code, err } = await run("users apply --yes");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("operator is refused")]);
    await Promise.all(
      ["operator", "second"].map((user, index) => writeFile(secretFile(user), `${kept[index]}\n`)),
    );
  });
});
