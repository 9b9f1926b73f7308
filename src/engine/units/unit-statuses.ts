import type { ProcessUnit, SystemdUnit, Unit } from "../../plan/model.ts";
import type { Connection, RunOptions } from "../../transport/model.ts";
import { describeEnd, outputTail } from "../command-failure.ts";
import { excerpt } from "../probes/excerpt.ts";
import { parseStatuses, statusCommand } from "./process-status.ts";
import { unknownStatus, type UnitStatus } from "./status.ts";
import { parseShow, showCommand } from "./systemd-status.ts";

/** What a question about units may be told. */
export type StatusOptions = Pick<RunOptions, "timeout" | "signal" | "runAs">;

/** What one unit is right now. Never rejects for what happens on the host: then it is `unknown`. */
export async function unitStatus(
  connection: Connection,
  unit: Unit,
  options: StatusOptions,
): Promise<UnitStatus> {
  const [status] = await unitStatuses(connection, [unit], options);
  return status ?? unknownStatus("no answer");
}

/**
 * What these units of one host are right now, in their order: one remote command for those of systemd and one for the
 * processes, however many there are.
 */
export async function unitStatuses(
  connection: Connection,
  units: readonly Unit[],
  options: StatusOptions,
): Promise<UnitStatus[]> {
  const [systemd, processes] = await Promise.all([
    systemdStatuses(connection, units.filter(isSystemd), options),
    processStatuses(connection, units.filter(isProcess), options),
  ]);
  return units.flatMap(unit => (isSystemd(unit) ? systemd : processes).shift() ?? []);
}

function isSystemd(unit: Unit): unit is SystemdUnit {
  return unit.manager === "systemd";
}

function isProcess(unit: Unit): unit is ProcessUnit {
  return unit.manager === "process";
}

function systemdStatuses(
  connection: Connection,
  units: readonly SystemdUnit[],
  options: StatusOptions,
): Promise<UnitStatus[]> {
  const names = units.map(({ name }) => name);
  return askStatuses(connection, options, {
    argv: showCommand(names),
    count: units.length,
    parse: output => parseShow(output, names),
  });
}

function processStatuses(
  connection: Connection,
  units: readonly ProcessUnit[],
  options: StatusOptions,
): Promise<UnitStatus[]> {
  return askStatuses(connection, options, {
    argv: statusCommand(units),
    count: units.length,
    parse: output => parseStatuses(output, units),
  });
}

interface StatusQuestion {
  argv: readonly string[];
  count: number;
  parse: (output: string) => UnitStatus[] | undefined;
}

/** An answer that is not wholly understood is no answer for any of the units. */
async function askStatuses(
  connection: Connection,
  options: StatusOptions,
  { argv, count, parse }: StatusQuestion,
): Promise<UnitStatus[]> {
  if (count === 0) return [];
  const result = await connection.run(argv, options);
  const statuses = result.ok ? parse(result.stdout) : undefined;
  if (statuses !== undefined) return statuses;
  const said = excerpt(outputTail(result));
  const evidence = result.ok ? `the answer makes no sense: ${said}` : describeEnd(result);
  const detail = result.ok || said === "" ? "" : `: ${said}`;
  return Array.from({ length: count }, () => unknownStatus(`${evidence}${detail}`));
}
