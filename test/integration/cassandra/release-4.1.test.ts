import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../../src/base/exit-code.ts";
import { RingSite } from "../ring-site.ts";

/** What smc does with 5.0 it does with 4.1 too, whose nodetool, CQL and virtual tables are others. */
describe("a real ring of 4.1", () => {
  let site: RingSite;

  beforeAll(async () => {
    site = await RingSite.start({
      release: "4.1.10",
      ports: { cassandra_native: 29542, cassandra_internode: [27500, 27501], cassandra_jmx: 27699 },
      settings: { replication: { site: { DC0: 2 }, system_auth: { DC0: 3 } } },
    });
    await site.cql("CREATE TABLE site.kept (id int PRIMARY KEY, text varchar)");
  });
  afterAll(() => site.close());

  it("is observed whole, and one picture", async () => {
    const { code, out } = await site.smc("ring");
    expect([code, out]).toEqual([
      StatusExitCode.AllRunning,
      expect.stringContaining("no node says that another one is away"),
    ]);
  });

  it("gets users, rights and replication as the services file says", async () => {
    const words = {
      users: { operator: { superuser: true }, reader: { grant: { site: ["select"] } } },
      replication: { site: { DC0: 3 }, system_auth: { DC0: 3 } },
    };
    await site.write(words);
    await site.smc("secrets init");
    const users = await site.smc("users apply --yes");
    expect([users.code, users.err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/user reader +absent +a user/),
    ]);
    expect(await site.cqlAs("reader", "SELECT * FROM site.kept")).toEqual([]);
    await expect(site.cqlAs("reader", "INSERT INTO site.kept (id) VALUES (1)")).rejects.toThrow(/no MODIFY/);
    const replication = await site.smc("replication apply --yes");
    expect([replication.code, replication.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("next: smc repair --full site"),
    ]);
    expect((await site.smc("replication plan")).out).toContain("unchanged");
  });

  it("is repaired, and what the nodes confirm is written down", async () => {
    const repaired = await site.smc("repair --full --rolling site");
    expect([repaired.code, repaired.err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/^done: \d+ changed/m),
    ]);
    expect(await site.ledger()).toHaveLength(3);
    const { out } = await site.smc("repair status --json");
    const { tables } = JSON.parse(out) as { tables: { table: string; coverage: number }[] };
    expect(tables.find(({ table }) => table === "kept")?.coverage).toBe(1);
  });

  it("takes a snapshot and brings a table back to it", async () => {
    await site.cql(...[1, 2, 3].map(id => `INSERT INTO site.kept (id, text) VALUES (${id}, 'then')`));
    const made = await site.smc("snapshot create daily site");
    expect([made.code, made.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("see the files of daily on db3"),
    ]);
    await site.cql("DELETE FROM site.kept WHERE id = 1", "UPDATE site.kept SET text = 'now' WHERE id = 2");
    const restored = await site.smc("snapshot restore daily site.kept --yes");
    expect([restored.code, restored.err]).toEqual([
      ExitCode.Done,
      expect.stringContaining("empty site.kept on all nodes: changed"),
    ]);
    const rows = await site.cql("SELECT id, text FROM site.kept WHERE id IN (1, 2, 3)");
    expect(rows).toMatchObject([1, 2, 3].map(id => ({ id, text: "then" })));
  });

  it("is restarted one node at a time", async () => {
    const before = await site.starts();
    const away = await site.watchAway(async () => {
      const { code, err } = await site.smc("restart cassandra --rolling --yes");
      expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("restart cassandra@db3: changed")]);
    });
    expect(away.filter(hosts => hosts.length > 1)).toEqual([]);
    expect(away.flat().toSorted()).toEqual(["db1", "db2", "db3"]);
    const after = await site.starts();
    expect(after).toEqual(
      Object.fromEntries(Object.entries(before).map(([host, count]) => [host, count + 1])),
    );
  });
});
