import * as v from "valibot";
import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { identifier, literal } from "../cql-text.ts";
import { escapePattern } from "../setup.ts";
import type { Change, ContentPlan } from "./change.ts";

/** The table in which hubs look up where projects may be; docs/compute.md says what its columns mean. */
const COMPUTE_TABLE = "compute_servers";

/** Whether hubs may open projects on a server, and make new ones there. */
export const COMPUTE_STATUSES = ["on", "no-new-projects", "off"] as const;

export type ComputeStatus = (typeof COMPUTE_STATUSES)[number];

/** A compute server and its status; the table has servers by their address. */
export interface ComputeServer {
  host: HostName;
  address: string;
  status: ComputeStatus;
}

/** What is wanted of the table, and what it has. */
export interface ComputeRequest {
  keyspace: string;
  /** The columns of the table by name; empty where there is no such table. */
  columns: readonly string[];
  /** The status by address; undefined where the row has none. */
  present: ReadonlyMap<string, string | undefined>;
  /** Those that are to change where they differ. */
  wanted: readonly ComputeServer[];
  /** The addresses of all servers of the services file. */
  known: ReadonlySet<string>;
}

const StatusRow = v.object({ host: v.string(), status: v.nullish(v.string()) });
const ColumnRow = v.object({ column_name: v.string() });

/** The questions whose rows the functions below read. */
export const COMPUTE_QUERIES = {
  columns: (keyspace: string): string =>
    `SELECT column_name FROM system_schema.columns WHERE keyspace_name = ${literal(keyspace)} AND table_name = '${COMPUTE_TABLE}'`,
  statuses: (keyspace: string): string =>
    `SELECT host, status FROM ${identifier(keyspace)}.${COMPUTE_TABLE} WHERE dummy = true`,
} as const;

/** Reads the names of the columns. */
export function readColumns(rows: readonly unknown[]): string[] {
  return v.parse(v.array(ColumnRow), rows).map(({ column_name: name }) => name);
}

/** Reads the status of each server by its address. Throws an OperatorError for rows that are none such. */
export function readStatuses(rows: readonly unknown[]): Map<string, string | undefined> {
  const result = v.safeParse(v.array(StatusRow), rows);
  if (result.success) return new Map(result.output.map(({ host, status }) => [host, status ?? undefined]));
  throw new OperatorError(`a row of ${COMPUTE_TABLE} is not as smc knows it`, {
    code: "RING_ROW",
    details: result.issues.map(issue => `${v.getDotPath(issue) ?? "row"}: ${issue.message}`),
  });
}

/**
 * What gives every server its status, one change for all that change alike. Where the table has the column `running` of
 * older hubs, it is true for those that are on. Rows of other servers are left alone. Throws an OperatorError (exit 3) where the table
 * is not there, or cannot hold a status.
 */
export function planCompute(request: ComputeRequest): ContentPlan {
  requireTable(request);
  const { present, wanted } = request;
  const differing = wanted.filter(({ address, status }) => present.get(address) !== status);
  const alike = Map.groupBy(differing, ({ address, status }) => `${before(request, address)} ${status}`);
  return {
    parts: [...alike.values()].flatMap(servers => changeOf(request, servers)),
    notes: notesOn(request),
    next: [],
  };
}

function changeOf(request: ComputeRequest, servers: readonly ComputeServer[]): Change[] {
  const [first] = servers;
  if (first === undefined) return [];
  const { status } = first;
  const names = foldNames(servers.map(({ host }) => host));
  const rows = servers.map(({ address }) => `(?=.*"host":"${escapePattern(address)}","status":"${status}")`);
  return [
    {
      kind: "change",
      subject: names,
      before: before(request, first.address),
      after: status,
      title: `set ${names} to ${status}`,
      statements: servers.map(server => [updateOf(request, server)]),
      consistency: "quorum",
      done: { query: COMPUTE_QUERIES.statuses(request.keyspace), rows: rows.join("") },
      asOwnSuperuser: false,
    },
  ];
}

function updateOf({ keyspace, columns }: ComputeRequest, { address, status }: ComputeServer): string {
  const values = [
    `status = ${literal(status)}`,
    ...(columns.includes("running") ? [`running = ${status === "on"}`] : []),
  ];
  const table = `${identifier(keyspace)}.${COMPUTE_TABLE}`;
  return `UPDATE ${table} SET ${values.join(", ")} WHERE dummy = true AND host = ${literal(address)}`;
}

function before({ present }: ComputeRequest, address: string): string {
  return present.has(address) ? (present.get(address) ?? "none") : "absent";
}

function notesOn({ present, known }: ComputeRequest): string[] {
  const others = [...present.keys()].filter(address => !known.has(address));
  return others.length === 0
    ? []
    : [`in the table and not in the services file, left alone: ${others.join(", ")}`];
}

function requireTable({ keyspace, columns }: ComputeRequest): void {
  const missing = ["dummy", "host", "status"].filter(name => !columns.includes(name));
  if (missing.length === 0) return;
  const table = `${keyspace}.${COMPUTE_TABLE}`;
  throw new OperatorError(
    columns.length === 0 ? `there is no table ${table}` : `${table} has no column ${missing.join(", ")}`,
    {
      code: "COMPUTE_TABLE",
      exit: ExitCode.Refused,
      hint:
        columns.length === 0 || missing.includes("dummy")
          ? "the hubs of the site make it; docs/compute.md says how it must look"
          : `ALTER TABLE ${table} ADD ${missing.map(name => `${name} varchar`).join(", ")}`,
    },
  );
}
