import { describe, expect, it } from "vitest";
import { setupParts, type RingContent, type SetupPart } from "../../src/cassandra/setup.ts";
import { textOf } from "../helpers/cassandra-node.ts";

const CONTENT: RingContent = {
  auth: "password",
  replication: { salvus: { DC0: 3, DC1: 2 }, system_auth: { DC0: 3, DC1: 2 } },
  users: {
    salvus: { superuser: true, grant: {} },
    hub: { superuser: false, grant: { salvus: "all" } },
    reader: { superuser: false, grant: { salvus: ["select"] } },
  },
  dropUsers: ["cassandra"],
  nodes: { DC0: 3, DC1: 3 },
};

describe("setupParts", () => {
  it("raises the replicas of logins one at a time, and repairs each new one by reading all", () => {
    const rungs = setupParts(CONTENT).filter(part => part.title.startsWith("keep logins"));
    expect(rungs.map(part => part.title)).toEqual([
      "keep logins on 1 in DC0, 1 in DC1",
      "keep logins on 2 in DC0, 1 in DC1",
      "keep logins on 2 in DC0, 2 in DC1",
      "keep logins on 3 in DC0, 2 in DC1",
    ]);
    expect(rungs.every(part => part.consistency === "all")).toBe(true);
    expect(rungs.map(part => statementsOf(part).slice(0, 2))).toContainEqual([
      "ALTER KEYSPACE system_auth WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 3, 'DC1': 2}",
      "SELECT * FROM system_auth.roles",
    ]);
  });

  it("knows a rung that the ring is at or past, so that nothing is ever lowered", () => {
    const rung = partOf("keep logins on 2 in DC0, 1 in DC1");
    expect(isDone(rung, replicationRow({ DC0: 2, DC1: 1 }))).toBe(true);
    expect(isDone(rung, replicationRow({ DC0: 3, DC1: 12 }))).toBe(true);
    expect(isDone(rung, replicationRow({ DC0: 1, DC1: 1 }))).toBe(false);
    expect(isDone(rung, replicationRow({ DC0: 3 }))).toBe(false);
    expect(
      isDone(
        rung,
        '[{"replication":{"class":"org.apache.cassandra.locator.SimpleStrategy","replication_factor":"1"}}]',
      ),
    ).toBe(false);
  });

  it("keeps logins on three nodes of each data centre where the services file does not say", () => {
    const parts = setupParts({ ...CONTENT, replication: {}, nodes: { DC0: 5, DC1: 2 } });
    expect(parts.filter(part => part.consistency === "all").at(-1)?.title).toBe(
      "keep logins on 3 in DC0, 2 in DC1",
    );
  });

  it("makes keyspaces, and gives those of Cassandra itself their replicas", () => {
    const parts = setupParts({
      ...CONTENT,
      replication: { app: { DC0: 2 }, system_distributed: { DC0: 2 } },
    });
    expect(
      parts
        .flatMap(statementsOf)
        .filter(text => /app|distributed/.test(text))
        .slice(0, 2),
    ).toEqual([
      `CREATE KEYSPACE IF NOT EXISTS "app" WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 2}`,
      `ALTER KEYSPACE "system_distributed" WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': 2}`,
    ]);
  });

  it("names the secret of a password and never holds one", () => {
    expect(statementsOf(partOf("make the database user hub"))).toEqual([
      `CREATE ROLE IF NOT EXISTS "hub" WITH PASSWORD = '\${cassandra/hub}' AND LOGIN = true AND SUPERUSER = false`,
    ]);
    expect(statementsOf(partOf("make the database user salvus"))[0]).toContain("SUPERUSER = true");
  });

  it("grants all or some permissions, and knows them by their rows", () => {
    const some = partOf("let reader use the keyspace salvus");
    expect(statementsOf(some)).toEqual([`GRANT SELECT ON KEYSPACE "salvus" TO "reader"`]);
    expect(isDone(some, '[{"permissions":["SELECT"]}]')).toBe(true);
    const all = partOf("let hub use the keyspace salvus");
    expect(statementsOf(all)).toEqual([`GRANT ALL PERMISSIONS ON KEYSPACE "salvus" TO "hub"`]);
    expect(isDone(all, '[{"permissions":["ALTER","AUTHORIZE","CREATE","DROP","MODIFY","SELECT"]}]')).toBe(
      true,
    );
    expect(isDone(all, '[{"permissions":["MODIFY","SELECT"]}]')).toBe(false);
  });

  it("drops the default superuser last, and only as a superuser of the services file", () => {
    const last = setupParts(CONTENT).at(-1);
    expect(last).toMatchObject({ title: "drop the database user cassandra", asOwnSuperuser: true });
    expect(last && isDone(last, "[]")).toBe(true);
    expect(last && isDone(last, '[{"role":"cassandra"}]')).toBe(false);
  });

  it("keeps the default superuser where nobody could take its place, and users that the services file also makes", () => {
    const parts = setupParts({
      ...CONTENT,
      users: { hub: { superuser: false, grant: {} } },
      dropUsers: ["cassandra", "hub", "old"],
    });
    expect(parts.map(part => part.title).filter(title => title.startsWith("drop"))).toEqual([
      "drop the database user old",
    ]);
  });

  it("makes no users where nobody logs in, and still keeps system_auth as the services file says", () => {
    expect(setupParts({ ...CONTENT, auth: "none" }).map(part => part.title)).toEqual([
      "make the keyspace salvus on 3 in DC0, 2 in DC1",
      "keep logins on 1 in DC0, 1 in DC1",
      "keep logins on 2 in DC0, 1 in DC1",
      "keep logins on 2 in DC0, 2 in DC1",
      "keep logins on 3 in DC0, 2 in DC1",
    ]);
  });
});

function partOf(title: string): SetupPart {
  const part = setupParts(CONTENT).find(candidate => candidate.title === title);
  if (part === undefined) throw new Error(`no part ${title}`);
  return part;
}

function statementsOf(part: SetupPart): string[] {
  return part.statements.map(textOf);
}

function isDone(part: SetupPart, rows: string): boolean {
  return new RegExp(part.done.rows).test(rows);
}

function replicationRow(replicas: Readonly<Record<string, number>>): string {
  const centres = Object.entries(replicas).map(([name, count]) => `"${name}":"${count}"`);
  return `[{"replication":{${centres.join(",")},"class":"org.apache.cassandra.locator.NetworkTopologyStrategy"}}]`;
}
