import { identifier, literal } from "../cql-text.ts";
import { ALL_PERMISSIONS, grantPart, type Grant, type RingContent } from "../setup.ts";
import type { Change } from "./change.ts";
import type { SeenRights } from "./seen-users.ts";

const EVERY_KEYSPACE = "data";
const KEYSPACE_RESOURCE = /^data\/([^/]+)$/;

/**
 * What gives each user of the services file its rights on keyspaces, and takes away those that it should not have: on a keyspace, or on all
 * of them. Rights on tables are left alone, since whoever makes a table gets them from Cassandra itself. A superuser
 * needs none, so what it has is left as well.
 */
export function rightsChanges({ users }: RingContent, seen: readonly SeenRights[]): Change[] {
  return Object.entries(users).flatMap(([user, { superuser, grant }]) => {
    const own = seen.filter(rights => rights.user === user);
    const given = Object.entries(grant).flatMap(([keyspace, wanted]) =>
      grantChanges(user, keyspace, { wanted, present: permissionsOn(own, `data/${keyspace}`) }),
    );
    return superuser ? given : [...given, ...own.flatMap(rights => revokeChanges(rights, grant))];
  });
}

function permissionsOn(rights: readonly SeenRights[], resource: string): readonly string[] {
  return rights.find(one => one.resource === resource)?.permissions ?? [];
}

function grantChanges(
  user: string,
  keyspace: string,
  { wanted, present }: { wanted: Grant; present: readonly string[] },
): Change[] {
  const missing = permissionsOf(wanted).filter(permission => !present.includes(permission));
  if (missing.length === 0) return [];
  const part = grantPart(user, keyspace, wanted === "all" ? "all" : missing);
  const after = wanted === "all" ? "all" : describeRights([...present, ...missing]);
  return [
    { kind: "change", subject: `${user} on ${keyspace}`, before: describeRights(present), after, ...part },
  ];
}

function revokeChanges(
  { user, resource, permissions }: SeenRights,
  grant: Readonly<Record<string, Grant>>,
): Change[] {
  const keyspace = KEYSPACE_RESOURCE.exec(resource)?.[1];
  if (resource !== EVERY_KEYSPACE && keyspace === undefined) return [];
  const wanted = keyspace === undefined ? [] : (grant[keyspace] ?? []);
  if (wanted === "all") return [];
  const kept = permissionsOf(wanted);
  const unwanted = permissions.filter(permission => !kept.includes(permission));
  if (unwanted.length === 0) return [];
  const [on, where] =
    keyspace === undefined
      ? ["ALL KEYSPACES", "all keyspaces"]
      : [`KEYSPACE ${identifier(keyspace)}`, keyspace];
  return [
    {
      kind: "change",
      subject: `${user} on ${where}`,
      before: describeRights(permissions),
      after: describeRights(kept),
      title: `take from ${user} on ${where}: ${describeRights(unwanted)}`,
      statements: unwanted.map(permission => [`REVOKE ${permission} ON ${on} FROM ${identifier(user)}`]),
      consistency: "quorum",
      done: {
        query:
          `SELECT permissions FROM system_auth.role_permissions WHERE role = ${literal(user)}` +
          ` AND resource = ${literal(resource)}`,
        rows: `^(?!.*"(?:${unwanted.join("|")})")`,
      },
      asOwnSuperuser: false,
    },
  ];
}

function permissionsOf(grant: Grant): readonly string[] {
  return (grant === "all" ? ALL_PERMISSIONS : grant).map(permission => permission.toUpperCase());
}

/** Permissions as the services file writes them. */
function describeRights(permissions: readonly string[]): string {
  return permissions.length === 0
    ? "none"
    : permissions.map(permission => permission.toLowerCase()).join(", ");
}
