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
  const options = { timeout: LOG_TIMEOUT, ...(runAs === undefined ? {} : { runAs }) };
  const reads = sources(unit).map(argv => connection.run(argv, options));
  const texts = (await Promise.all(reads)).map(result => (result.ok ? outputTail(result) : ""));
  return texts.filter(text => text.trim() !== "").join("\n");
}

function sources(unit: Unit): string[][] {
  const log = ["tail", `--lines=${LINES}`, unit.log];
  if (unit.manager === "process") return [log];
  const journal = ["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${LINES}`];
  return [[...journal, `--unit=${unit.name}`], log];
}
