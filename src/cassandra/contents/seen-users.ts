import * as v from "valibot";
import { readRows } from "../ring/rows.ts";

/** A user as the ring has it, without what it logs in with. */
export interface SeenUser {
  name: string;
  superuser: boolean;
  mayLogIn: boolean;
  memberOf: readonly string[];
}

/** Rights of a user on a resource: `data` is every keyspace, `data/site` one, `data/site/table` a table. */
export interface SeenRights {
  user: string;
  resource: string;
  /** In capitals. */
  permissions: readonly string[];
}

/** The questions whose rows the functions below read. Nobody asks for the hashes of passwords. */
export const USER_QUERIES = {
  users: "SELECT role, is_superuser, can_login, member_of FROM system_auth.roles",
  rights: "SELECT role, resource, permissions FROM system_auth.role_permissions",
} as const;

const Words = v.nullish(v.array(v.string()), []);
const Flag = v.nullish(v.boolean(), false);
const UserRow = v.object({ role: v.string(), is_superuser: Flag, can_login: Flag, member_of: Words });
const RightsRow = v.object({ role: v.string(), resource: v.string(), permissions: Words });

/** Reads the rows of system_auth.roles, by name. Throws an OperatorError for rows that are none such. */
export function readUsers(rows: readonly unknown[]): SeenUser[] {
  const users = readRows("system_auth.roles", UserRow, rows).map(row => ({
    name: row.role,
    superuser: row.is_superuser,
    mayLogIn: row.can_login,
    memberOf: row.member_of,
  }));
  return users.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads the rows of system_auth.role_permissions. Throws an OperatorError for rows that are none such. */
export function readRights(rows: readonly unknown[]): SeenRights[] {
  return readRows("system_auth.role_permissions", RightsRow, rows).map(({ role, resource, permissions }) => ({
    user: role,
    resource,
    permissions: permissions.map(permission => permission.toUpperCase()),
  }));
}
