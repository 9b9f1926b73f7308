import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";

/** The key of cassandra.yaml, from 5.0 on, that says for which release before a node still writes. */
export const STORAGE_MODE = "storage_compatibility_mode";

/** What a node does that is not told. */
export const DEFAULT_MODE = "CASSANDRA_4";

/** In this order, each by a restart of all nodes (NEWS.txt, 5.0, "Upgrading"). */
const MODES = [DEFAULT_MODE, "UPGRADING", "NONE"];

/** The question to a node, from 5.0 on, for the mode that it runs in; `readMode` reads its answer. */
export const MODE_QUERY = `SELECT value FROM system_views.settings WHERE name = '${STORAGE_MODE}'`;

/**
 * Reads the mode from the rows of `MODE_QUERY`. Where cassandra.yaml does not say it, the node tells none (seen on 5.0.6) and does
 * as in CASSANDRA_4; what is on disk there is looked at once more before anything is written (src/services/cassandra/guards.ts).
 */
export function readMode(rows: readonly unknown[]): string {
  const [row] = rows;
  const value: unknown = typeof row === "object" && row !== null ? Reflect.get(row, "value") : undefined;
  return typeof value === "string" ? value : DEFAULT_MODE;
}

export interface NodeMode {
  host: HostName;
  mode: string;
}

/**
 * The next mode that nodes are to be restarted with, and which; undefined when all have come to the end. Throws an OperatorError
 * (exit 3) for a mode that is none.
 */
export function nextMode(nodes: readonly NodeMode[]): { mode: string; hosts: HostName[] } | undefined {
  const steps = nodes.map(({ host, mode }) => ({ host, step: MODES.indexOf(mode) }));
  const unknown = nodes.filter(({ mode }) => !MODES.includes(mode));
  if (unknown.length > 0) {
    throw new OperatorError(`smc knows no such ${STORAGE_MODE}`, {
      code: "STORAGE_MODE",
      exit: ExitCode.Refused,
      details: unknown.map(({ host, mode }) => `${host}: ${mode}`),
    });
  }
  const lowest = Math.min(...steps.map(({ step }) => step));
  const mode = MODES[lowest + 1];
  if (mode === undefined) return undefined;
  return { mode, hosts: steps.filter(({ step }) => step === lowest).map(({ host }) => host) };
}
