import type { ProcessUnit } from "../../plan/model.ts";
import { STATUS_SCRIPT } from "./process-script.ts";
import { unknownStatus, type UnitStatus } from "./status.ts";

/** One question for several units. */
export function statusCommand(units: readonly ProcessUnit[]): string[] {
  return ["sh", "-c", STATUS_SCRIPT, "status", ...units.flatMap(({ folder, name }) => [folder, name])];
}

/** Reads the answer of the script: a line for each unit, then `end`. Gives undefined for anything else. */
export function parseStatuses(output: string, units: readonly ProcessUnit[]): UnitStatus[] | undefined {
  const lines = output.trimEnd().split("\n");
  if (lines.pop() !== "end" || lines.length !== units.length) return undefined;
  const statuses = lines.map((line, index) => parseLine(line, units[index]));
  return statuses.every(status => status !== undefined) ? statuses : undefined;
}

function parseLine(line: string, unit: ProcessUnit | undefined): UnitStatus | undefined {
  const { name = "", folder = "" } = unit ?? {};
  const [word = "", pid = "", start = "", boot = "", since = "", kibibytes = ""] = line.split(" ");
  switch (word) {
    case "running":
      return {
        state: "running",
        pid: Number(pid),
        identity: `${pid}:${start}:${boot}`,
        since: Number(since) * 1000,
        memory: Number(kibibytes) * 1024,
        evidence: `${name} runs as process ${pid}`,
      };
    case "stopped":
      return { state: "stopped", evidence: `${name} does not run`, ended: true };
    case "rebooted":
      return {
        state: "stopped",
        evidence: `${name} has not been started since the host booted`,
        ended: true,
      };
    case "failed":
      return {
        state: "failed",
        evidence: `process ${pid} of ${name} has ended, and nobody stopped it`,
        ended: true,
      };
    case "unreadable":
      return unknownStatus(`the record of ${name} cannot be read: it belongs to another user`);
    case "closed":
      return unknownStatus(`the folder of the record of ${name} cannot be looked into: ${folder}`);
    default:
      return undefined;
  }
}
