import type { Content } from "../plan/model.ts";
import { identifier, literal, replicationMap, secretLiteral } from "./cql-text.ts";
import { DEFAULT_SUPERUSER, ownSuperuser, passwordOf, type LoginSettings } from "./logins.ts";

/** Replicas by data centre, `{DC0: 3, DC1: 3}`. */
export type Replicas = Readonly<Record<string, number>>;

/** Permissions on a keyspace: all of them, or some. */
export type Grant = "all" | readonly string[];

/** What the services file says of the content of a ring. */
export interface RingContent extends LoginSettings {
  replication: Readonly<Record<string, Replicas>>;
  users: Readonly<Record<string, { superuser: boolean; grant: Readonly<Record<string, Grant>> }>>;
  dropUsers: readonly string[];
  /** Nodes by data centre. */
  nodes: Replicas;
}

/** A part of the first set-up: statements, and the question whose rows tell that it was done before. */
export interface SetupPart {
  title: string;
  statements: readonly Content[];
  consistency: "quorum" | "all";
  done: { query: string; rows: string };
  /** Only a superuser of the services file may do it, so that it has logged in before. */
  asOwnSuperuser: boolean;
}

const REPLICAS_OF_LOGINS = 3;
/** The tables of system_auth that a new ring or its users may have rows in. */
const LOGIN_TABLES = ["roles", "role_members", "role_permissions", "resource_role_permissons_index"];
/** What `GRANT ALL` on a keyspace gives in every release from 2.2 on. */
export const ALL_PERMISSIONS = ["alter", "authorize", "create", "drop", "modify", "select"];

/**
 * What a new ring needs once, in order: logins that survive the loss of a node, the keyspaces, the users and their
 * rights, and the end of the superuser whose password everybody knows. Every part is idempotent and known by its
 * rows, so a second run changes nothing; nothing is ever taken away from a ring that has more.
 */
export function setupParts(content: RingContent): readonly SetupPart[] {
  const { system_auth: logins, ...keyspaces } = content.replication;
  const others = Object.entries(keyspaces).map(([name, replicas]) => keyspacePart(name, replicas));
  const rungs = rungsTo(logins ?? defaultReplicas(content.nodes)).map(loginRung);
  // Nobody logs in, but every keyspace counts when a node is to be taken away, and with one replica it never could be.
  if (content.auth === "none") return [...others, ...rungs];
  const users = Object.entries(content.users);
  return [
    ...rungs,
    ...others,
    ...users.map(([name, { superuser }]) => userPart(name, superuser)),
    ...users.flatMap(([name, { grant }]) =>
      Object.entries(grant).map(([keyspace, permissions]) => grantPart(name, keyspace, permissions)),
    ),
    ...dropParts(content),
  ];
}

/**
 * Gives the logins these replicas, and reads all of them from all replicas, which repairs a new one. Raised so one replica
 * at a time, each quorum has at every moment a replica that knows the logins: raised at once from one replica
 * to three, two of three nodes would let nobody in. A rung that the ring is past is left alone.
 */
export function loginRung(replicas: Replicas): SetupPart {
  return {
    title: `keep logins ${describeReplicas(replicas)}`,
    statements: [
      [`ALTER KEYSPACE system_auth WITH replication = ${replicationMap(replicas)}`],
      ...LOGIN_TABLES.map(table => [`SELECT * FROM system_auth.${table}`]),
    ],
    consistency: "all",
    done: replicatedAtLeast("system_auth", replicas),
    asOwnSuperuser: false,
  };
}

/** One replica in every data centre, then one more at a time, turn by turn, up to the target. */
export function rungsTo(target: Replicas): Replicas[] {
  const centres = Object.entries(target).filter(([, count]) => count > 0);
  const highest = Math.max(0, ...centres.map(([, count]) => count));
  const first = Object.fromEntries(centres.map(([name]) => [name, 1]));
  const rungs = centres.length === 0 ? [] : [first];
  for (let count = 2; count <= highest; count += 1) {
    for (const [name, wanted] of centres) {
      if (wanted >= count) rungs.push({ ...rungs.at(-1), [name]: count });
    }
  }
  return rungs;
}

/** The replicas of the logins where the services file names none. */
export function defaultReplicas(nodes: Replicas): Replicas {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, count]) => [name, Math.min(count, REPLICAS_OF_LOGINS)]),
  );
}

/** The keyspaces of Cassandra itself are there already and get their replicas; others are created. */
function keyspacePart(name: string, replicas: Replicas): SetupPart {
  const base = { consistency: "quorum", asOwnSuperuser: false } as const;
  if (name.startsWith("system_")) {
    return {
      ...base,
      title: `keep ${name} ${describeReplicas(replicas)}`,
      statements: [[`ALTER KEYSPACE ${identifier(name)} WITH replication = ${replicationMap(replicas)}`]],
      done: replicatedAtLeast(name, replicas),
    };
  }
  return {
    ...base,
    title: `make the keyspace ${name} ${describeReplicas(replicas)}`,
    statements: [
      [`CREATE KEYSPACE IF NOT EXISTS ${identifier(name)} WITH replication = ${replicationMap(replicas)}`],
    ],
    done: {
      query: `SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ${literal(name)}`,
      rows: "keyspace_name",
    },
  };
}

/** Makes a user with the password that its secret has. */
export function userPart(name: string, superuser: boolean): SetupPart {
  return {
    title: `make the database user ${name}`,
    statements: [
      [
        `CREATE ROLE IF NOT EXISTS ${identifier(name)} WITH PASSWORD = `,
        ...secretLiteral(passwordOf(name)),
        ` AND LOGIN = true AND SUPERUSER = ${superuser}`,
      ],
    ],
    consistency: "quorum",
    done: { query: roleQuery(name), rows: '"role"' },
    asOwnSuperuser: false,
  };
}

/** Gives a user rights on a keyspace. */
export function grantPart(user: string, keyspace: string, grant: Grant): SetupPart {
  const wanted = grant === "all" ? ALL_PERMISSIONS : grant;
  const words = grant === "all" ? ["ALL PERMISSIONS"] : grant.map(permission => permission.toUpperCase());
  return {
    title: `let ${user} use the keyspace ${keyspace}`,
    statements: words.map(word => [
      `GRANT ${word} ON KEYSPACE ${identifier(keyspace)} TO ${identifier(user)}`,
    ]),
    consistency: "quorum",
    done: {
      query:
        `SELECT permissions FROM system_auth.role_permissions WHERE role = ${literal(user)}` +
        ` AND resource = ${literal(`data/${keyspace}`)}`,
      rows: wanted.map(permission => `(?=.*"${permission.toUpperCase()}")`).join(""),
    },
    asOwnSuperuser: false,
  };
}

/** Without a superuser of its own, a ring would be locked for ever by dropping the default one: it stays. */
function dropParts(content: RingContent): SetupPart[] {
  const own = ownSuperuser(content);
  const unwanted = content.dropUsers.filter(
    name => content.users[name] === undefined && (own !== undefined || name !== DEFAULT_SUPERUSER),
  );
  return unwanted.map(name => ({ ...dropPart(name), asOwnSuperuser: own !== undefined }));
}

/** Drops a user, as a superuser of the services file. */
export function dropPart(name: string): SetupPart {
  return {
    title: `drop the database user ${name}`,
    statements: [[`DROP ROLE IF EXISTS ${identifier(name)}`]],
    consistency: "quorum",
    done: { query: roleQuery(name), rows: String.raw`^\[\]$` },
    asOwnSuperuser: true,
  };
}

function roleQuery(name: string): string {
  return `SELECT role FROM system_auth.roles WHERE role = ${literal(name)}`;
}

function replicatedAtLeast(keyspace: string, replicas: Replicas): SetupPart["done"] {
  const centres = Object.entries(replicas).map(
    ([name, count]) => `(?=.*${escapePattern(JSON.stringify(name))}:"${atLeastPattern(count)}")`,
  );
  return {
    query: `SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ${literal(keyspace)}`,
    rows: `(?=.*NetworkTopologyStrategy)${centres.join("")}`,
  };
}

/** A pattern for the whole numbers from `least` to 99. */
function atLeastPattern(least: number): string {
  if (least < 10) return String.raw`(?:[${least}-9]|[1-9]\d)`;
  const [tens = "", ones = ""] = String(least);
  return String.raw`(?:${tens}[${ones}-9]|[${Number(tens) + 1}-9]\d)`;
}

/** A text as a pattern that matches it alone. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** `on 3 in DC0, 2 in DC1`. */
export function describeReplicas(replicas: Replicas): string {
  return `on ${Object.entries(replicas)
    .map(([name, count]) => `${count} in ${name}`)
    .join(", ")}`;
}
