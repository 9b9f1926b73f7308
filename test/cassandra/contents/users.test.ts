import { describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/base/operator-error.ts";
import { changesOf } from "../../../src/cassandra/contents/change.ts";
import { readRights, readUsers, type SeenUser } from "../../../src/cassandra/contents/seen-users.ts";
import { planUsers, type UsersRequest } from "../../../src/cassandra/contents/users.ts";
import type { RingContent } from "../../../src/cassandra/setup.ts";
import { textOf } from "../../helpers/cassandra-node.ts";

const CONTENT: RingContent = {
  auth: "password",
  replication: { salvus: { DC0: 3 } },
  users: {
    salvus: { superuser: true, grant: {} },
    hub: { superuser: false, grant: { salvus: "all" } },
    reader: { superuser: false, grant: { salvus: ["select", "modify"] } },
  },
  dropUsers: ["cassandra"],
  nodes: { DC0: 3 },
};
const ALL = ["ALTER", "AUTHORIZE", "CREATE", "DROP", "MODIFY", "SELECT"];
/** A ring that is as `CONTENT` says. */
const SEEN: UsersRequest["seen"] = {
  users: [user("hub"), user("reader"), user("salvus", { superuser: true })],
  rights: [rights("hub", "data/salvus", ALL), rights("reader", "data/salvus", ["MODIFY", "SELECT"])],
  keyspaces: [
    { name: "salvus", replication: { strategy: "network", factors: { DC0: 3 } } },
    { name: "system_auth", replication: { strategy: "network", factors: { DC0: 3 } } },
  ],
  nodes: { DC0: 3 },
  refused: [],
};

function user(name: string, more: Partial<SeenUser> = {}): SeenUser {
  return { name, superuser: false, mayLogIn: true, memberOf: [], ...more };
}

function rights(name: string, resource: string, permissions: readonly string[]) {
  return { user: name, resource, permissions };
}

function plan(
  seen: Partial<UsersRequest["seen"]>,
  words: { content?: Partial<RingContent>; inUse?: string[] } = {},
) {
  return planUsers({
    content: { ...CONTENT, ...words.content },
    seen: { ...SEEN, ...seen },
    inUse: words.inUse ?? ["hub"],
  });
}

function statements(...words: Parameters<typeof plan>): string[] {
  return changesOf(plan(...words)).flatMap(({ statements: all }) => all.map(textOf));
}

function refusal(...words: Parameters<typeof plan>): readonly string[] {
  try {
    plan(...words);
  } catch (error) {
    if (error instanceof OperatorError && error.exit === 3) return error.details;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("planUsers", () => {
  it("plans nothing where nothing differs", () => {
    expect(plan({})).toEqual({ parts: [], notes: [], next: [] });
  });

  it("makes users and gives them no more than their rights, passwords by the names of their secrets", () => {
    expect(statements({ users: [user("salvus", { superuser: true })], rights: [] })).toEqual([
      `CREATE ROLE IF NOT EXISTS "hub" WITH PASSWORD = '\${cassandra/hub}' AND LOGIN = true AND SUPERUSER = false`,
      `CREATE ROLE IF NOT EXISTS "reader" WITH PASSWORD = '\${cassandra/reader}' AND LOGIN = true AND SUPERUSER = false`,
      'GRANT ALL PERMISSIONS ON KEYSPACE "salvus" TO "hub"',
      'GRANT SELECT ON KEYSPACE "salvus" TO "reader"',
      'GRANT MODIFY ON KEYSPACE "salvus" TO "reader"',
    ]);
  });

  it("changes what a user may, its password, and its rank, each alone", () => {
    const users = [
      user("hub", { superuser: true }),
      user("reader", { mayLogIn: false }),
      user("salvus", { superuser: true }),
    ];
    expect(statements({ users, refused: ["reader"] })).toEqual([
      'ALTER ROLE "hub" WITH SUPERUSER = false',
      'ALTER ROLE "reader" WITH LOGIN = true',
      `ALTER ROLE "reader" WITH PASSWORD = '\${cassandra/reader}'`,
    ]);
  });

  it("takes rights on keyspaces that the file does not give, and leaves those on tables and of superusers", () => {
    const present = [
      rights("hub", "data/salvus", [...ALL, "UNMASK"]),
      rights("hub", "data", ["SELECT"]),
      rights("reader", "data/salvus", ALL),
      rights("reader", "data/other", ["SELECT"]),
      rights("reader", "data/salvus/made_by_reader", ALL),
      rights("reader", "roles/hub", ["ALTER"]),
      rights("salvus", "data/salvus", ALL),
      rights("somebody", "data/salvus", ALL),
    ];
    expect(statements({ rights: present })).toEqual([
      'REVOKE SELECT ON ALL KEYSPACES FROM "hub"',
      'REVOKE ALTER ON KEYSPACE "salvus" FROM "reader"',
      'REVOKE AUTHORIZE ON KEYSPACE "salvus" FROM "reader"',
      'REVOKE CREATE ON KEYSPACE "salvus" FROM "reader"',
      'REVOKE DROP ON KEYSPACE "salvus" FROM "reader"',
      'REVOKE SELECT ON KEYSPACE "other" FROM "reader"',
    ]);
  });

  it("drops a user last: after a login as a superuser of the file, and when nobody is logged in as it", () => {
    const made = plan({ users: [...SEEN.users, user("cassandra", { superuser: true })], refused: ["hub"] });
    expect(made.parts.map(({ kind, title }) => [kind, title])).toEqual([
      ["change", "give hub the password of its secret"],
      ["login", "log in as salvus"],
      ["nobody", "see that nobody is logged in as cassandra"],
      ["change", "drop the database user cassandra"],
    ]);
    expect(made.parts.at(-1)).toMatchObject({ asOwnSuperuser: true });
  });

  it("replicates the logins before anything else", () => {
    const keyspaces = [
      ...SEEN.keyspaces.slice(0, 1),
      { name: "system_auth", replication: { strategy: "simple", factor: 1 } as const },
    ];
    const made = plan({ keyspaces, refused: ["hub"] });
    expect(made.parts.map(({ title }) => title)).toEqual([
      "see the whole ring with one schema",
      "keep logins on 2 in DC0",
      "keep logins on 3 in DC0",
      "give hub the password of its secret",
    ]);
  });

  it("names users that the file does not, and leaves them", () => {
    const users = [
      ...SEEN.users,
      user("cassandra", { superuser: true }),
      user("old", { memberOf: ["staff"] }),
    ];
    const made = plan({ users }, { content: { dropUsers: [] } });
    expect(made.parts).toEqual([]);
    expect(made.notes).toEqual([
      "in the ring and not in the services file, left alone: cassandra, old; drop_users: [cassandra] drops the one that every ring begins with",
    ]);
  });

  it("refuses to take the login of a program, the last way in, and rights on what is not there", () => {
    const users = [...SEEN.users, user("old"), user("cassandra", { superuser: true })];
    expect(refusal({ users }, { content: { dropUsers: ["old"] }, inUse: ["old"] })).toEqual([
      "old is to be dropped, and programs of the services file log in as old",
    ]);
    expect(refusal({ users }, { content: { users: {} } })).toEqual([
      "cassandra is to be dropped, and the services file names no superuser who could do it",
    ]);
    expect(refusal({ keyspaces: SEEN.keyspaces.slice(1) })).toEqual([
      "hub: the ring has no keyspace salvus; smc replication apply  makes those of the file",
      "reader: the ring has no keyspace salvus; smc replication apply  makes those of the file",
    ]);
    expect(
      refusal({ nodes: { DC1: 3 } }, { content: { replication: { system_auth: { DC0: 3 } } } }),
    ).toContain("system_auth: the ring has no data centre DC0; did you mean DC1?");
  });
});

describe("the rows of users and rights", () => {
  it("are read with what Cassandra leaves out", () => {
    const rows = [
      { role: "hub", is_superuser: null, can_login: true, member_of: null },
      { role: "cassandra", is_superuser: true, can_login: true, member_of: ["staff"] },
    ];
    expect(readUsers(rows)).toEqual([
      { name: "cassandra", superuser: true, mayLogIn: true, memberOf: ["staff"] },
      { name: "hub", superuser: false, mayLogIn: true, memberOf: [] },
    ]);
    expect(readRights([{ role: "hub", resource: "data", permissions: ["select"] }])).toEqual([
      { user: "hub", resource: "data", permissions: ["SELECT"] },
    ]);
  });

  it("are refused where they are not as smc knows them", () => {
    expect(() => readUsers([{ role: 7 }])).toThrow("a row of system_auth.roles is not as smc knows it");
    expect(() => readRights([{ role: "hub" }])).toThrow("a row of system_auth.role_permissions");
  });
});
