import type { Action, ProcessUnit } from "./model.ts";

type UnitOperation = Extract<Action, { kind: "unit" }>["operation"];

/** The command of an operation on a systemd unit. */
export function systemctlCommand(operation: UnitOperation, name: string): string[] {
  return ["systemctl", operation, name];
}

/** The program of a process unit with its environment, as it is executed in the unit's folder. */
export function processCommand({ env, argv }: ProcessUnit): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return variables.length === 0 ? [...argv] : ["env", ...variables, ...argv];
}

/** The limits of a process unit as options of the shell's `ulimit`: `n=100000`. */
export function processLimits({ limits }: ProcessUnit): string[] {
  return Object.entries(limits).map(([letter, value]) => `${letter}=${value}`);
}
