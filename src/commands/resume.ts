import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { foldAttempts } from "../engine/attempts.ts";
import { journalPath } from "../engine/journal/header.ts";
import { findRun, listRuns } from "../engine/journal/list.ts";
import { readRun, type RecordedRun } from "../engine/journal/read.ts";
import { stateDirectory as stateDirectoryOf } from "../state/state-directory.ts";
import { executePlan } from "./execute.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { type PauseOptions, pauseRule } from "./pause.ts";
import { printPlan } from "./print-plan.ts";

/**
 * `smc resume [run]`: goes on with a run that was interrupted, paused or failed, or died with its controller; without a word the
 * newest run, which must be such a one. Steps that were completed are not repeated, and what they left is asked for
 * where something still relies on it.
 */
export async function resume(
  context: CommandContext<PauseOptions>,
  word: string | undefined,
): Promise<ExitCode> {
  const stateDirectory = stateDirectoryOf(context.io.env);
  const path = await chooseJournal(context, stateDirectory, word);
  const recorded = await readRun(path);
  refuseDone(recorded);
  const { header, plan } = recorded;
  await refuseOvertaken(stateDirectory, recorded);
  if (context.global.dryRun) return printPlan(context, { ...plan, steps: stepsLeft(recorded) });
  const transport = openTransport(context.io);
  try {
    return await executePlan(
      {
        context,
        site: { stateDirectory, secretsFolder: header.secretsFolder },
        transport,
        plan,
        pause: pauseRule(context.options),
      },
      {
        header,
        earlier: async () => {
          const now = await readRun(path);
          refuseDone(now);
          await refuseOvertaken(stateDirectory, now);
          return foldAttempts(plan, now.events);
        },
      },
    );
  } finally {
    await transport.close();
  }
}

async function chooseJournal(
  { global }: CommandContext<unknown>,
  stateDirectory: string,
  word: string | undefined,
): Promise<string> {
  if (word !== undefined) {
    const deployment = await findRun(stateDirectory, word);
    if (deployment !== undefined) return journalPath(stateDirectory, { deployment, run: word });
    throw new OperatorError(`there is no run ${word}`, {
      code: "RUN_UNKNOWN",
      hint: "smc history lists the runs",
    });
  }
  const [newest] = await listRuns(stateDirectory, { deployment: global.deployment, most: 1 });
  if (newest !== undefined) return journalPath(stateDirectory, newest);
  throw new OperatorError("there is no run to resume", {
    code: "RUN_UNKNOWN",
    hint: "smc history lists the runs",
  });
}

function refuseDone({ header, events }: RecordedRun): void {
  const last = events.findLast(event => event.type === "run-started" || event.type === "run-ended");
  if (last?.type !== "run-ended" || last.outcome.kind !== "done") return;
  throw new OperatorError(
    `run ${header.run} (smc ${header.command.join(" ")}) is done: nothing is left to resume`,
    {
      code: "RUN_DONE",
      hint: "smc history lists the runs",
    },
  );
}

/**
 * A later run may have done one of its steps in another way, as after a change of the services file: what this run has
 * planned is then of an older time. One that did the same, such as the start of a node that had died, does no harm.
 */
async function refuseOvertaken(stateDirectory: string, { header, plan }: RecordedRun): Promise<void> {
  const { run, deployment, at, command } = header;
  const runs = await listRuns(stateDirectory, { deployment });
  const later = runs.filter(other => other.header !== undefined && other.header.at > at);
  const own = new Map(plan.steps.map(({ id, action }) => [id, JSON.stringify(action)]));
  for (const other of later.filter(({ outcome }) => outcome?.counts.changed !== 0)) {
    const recorded = await readRun(journalPath(stateDirectory, other)).catch(() => undefined);
    const differs = recorded?.plan.steps.some(
      ({ id, action }) => own.has(id) && own.get(id) !== JSON.stringify(action),
    );
    if (differs !== true) continue;
    throw new OperatorError(
      `run ${run} was overtaken: run ${other.run} (smc ${other.header?.command.join(" ")}) changed ${deployment} since`,
      {
        code: "RUN_OVERTAKEN",
        exit: ExitCode.Refused,
        hint: `plan it anew: smc ${command.join(" ")}`,
      },
    );
  }
}

/** What a dry run shows: the steps that were not completed, without needs that are fulfilled. */
function stepsLeft({ plan, events }: RecordedRun): RecordedRun["plan"]["steps"] {
  const { completed } = foldAttempts(plan, events);
  return plan.steps.filter(({ id }) => !completed.has(id));
}
