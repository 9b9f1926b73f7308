import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { Plan } from "../../plan/model.ts";
import type { DecidedJob, RepairDecision } from "../../services/planners/repair-rule.ts";
import type { CommandContext } from "../model.ts";
import { printPlanWith } from "../print-plan.ts";

/** Prints the plan of a repair, with its jobs wave by wave; hosts by name. */
export function printRepair(
  context: CommandContext<unknown>,
  plan: Plan,
  { waves }: RepairDecision,
): ExitCode {
  return printPlanWith(context, plan, {
    json: { waves: waves.map(wave => wave.map(jobToJson)) },
    text: waveLines(waves),
  });
}

function jobToJson({ keyspace, tables, host, hosts, scope, ranges }: DecidedJob): object {
  return {
    keyspace,
    tables,
    host,
    replicas: hosts,
    primary: scope === "primary",
    ranges: ranges.map(({ after, upTo }) => ({ after: String(after), upTo: String(upTo) })),
  };
}

function waveLines(waves: RepairDecision["waves"]): string {
  const jobs = waves.flat().length;
  if (waves.every(wave => wave.length === 1)) return `${jobs} jobs, one at a time\n`;
  const lines = waves.map((wave, index) => {
    const told = wave.map(({ keyspace, hosts }) => `${keyspace} on ${foldNames(hosts)}`);
    return `wave ${index + 1}: ${told.join("; ")}\n`;
  });
  return `${jobs} jobs\n${lines.join("")}`;
}
