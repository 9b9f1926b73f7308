import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";

/** The key of cassandra.yaml, from 5.0 on, that says for which release before a node still writes. */
export const STORAGE_MODE = "storage_compatibility_mode";

/** In this order, each by a restart of all nodes (NEWS.txt, 5.0, "Upgrading"). */
const MODES = ["CASSANDRA_4", "UPGRADING", "NONE"];

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
