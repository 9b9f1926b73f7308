import { stripVTControlCharacters } from "node:util";
import type { Milliseconds } from "../../base/units.ts";
import type { Unit } from "../../plan/model.ts";
import type { Connection } from "../../transport/model.ts";
import { outputTail } from "../command-failure.ts";

/** The log may be asked for when the deadline of the step has passed. */
const LOG_TIMEOUT: Milliseconds = 4000;
const LINES = 20;

/**
 * The end of what a unit said, empty when that cannot be read: its log, and for systemd what that says of the unit, such
 * as a program that is not there.
 */
export async function lastWords(
  connection: Connection,
  { unit, runAs }: { unit: Unit; runAs: string | undefined },
): Promise<string> {
  const log = endOfLog(connection, { path: unit.log, runAs });
  const journal = unit.manager === "process" ? "" : read(connection, journalOf(unit.name), runAs);
  const texts = await Promise.all([journal, log]);
  return texts.filter(text => text.trim() !== "").join("\n");
}

/** The last lines of a log file, empty where they cannot be read. */
export function endOfLog(
  connection: Connection,
  { path, runAs }: { path: string; runAs: string | undefined },
): Promise<string> {
  return read(connection, ["tail", `--lines=${LINES}`, path], runAs);
}

async function read(connection: Connection, argv: string[], runAs: string | undefined): Promise<string> {
  const options = { timeout: LOG_TIMEOUT, ...(runAs === undefined ? {} : { runAs }) };
  const result = await connection.run(argv, options);
  // A console, and programs that think that they have one, write colours and the carriage returns of a terminal.
  return result.ok ? stripVTControlCharacters(outputTail(result)).replaceAll("\r", "") : "";
}

function journalOf(unit: string): string[] {
  return ["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${LINES}`, `--unit=${unit}`];
}
