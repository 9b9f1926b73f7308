import { join } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { artefactCache, createArtefactStore } from "../engine/artefacts/store.ts";
import { createPerformer } from "../engine/create-performer.ts";
import { runPlan } from "../engine/run.ts";
import type { Plan } from "../plan/model.ts";
import { secretsOf } from "../plan/secrets.ts";
import { createReport } from "../report/create.ts";
import { openJsonLines } from "../state/json-lines.ts";
import { takeLock } from "../state/lock.ts";
import { newRunId } from "../state/run-id.ts";
import { SecretFiles } from "../state/secret-files.ts";
import type { Transport } from "../transport/model.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";

/** A plan with what it needs to be carried out. */
export interface Execution {
  context: CommandContext<unknown>;
  site: Site;
  transport: Transport;
  plan: Plan;
}

/**
 * Carries out a plan: under the lock of its deployment, with a journal, shown as it goes. The first Ctrl-C finishes
 * the steps under way, the second stops now. Gives the exit code of the run.
 */
export async function executePlan(execution: Execution): Promise<ExitCode> {
  const { context, site, transport, plan } = execution;
  const { io, global } = context;
  const secrets = new SecretFiles(site.secretsFolder);
  await requireSecrets(plan, secrets);
  const run = newRunId(new Date());
  const { stateDirectory } = site;
  const lock = await takeLock({
    stateDirectory,
    deployment: plan.deployment,
    reason: plan.command.join(" "),
    run,
  });
  const journal = await openJsonLines(join(stateDirectory, plan.deployment, "runs", `${run}.jsonl`));
  const report = createReport({ io, global });
  const interrupt = watchInterrupts(context);
  try {
    await runPlan({
      plan,
      run,
      performer: createPerformer({
        hosts: plan.hosts,
        transport,
        secrets,
        artefacts: createArtefactStore(artefactCache(io.env)),
      }),
      listener: report.listener,
      record: event => journal.append(event),
      drain: interrupt.drain,
      stop: interrupt.stop,
    });
    return await report.end();
  } finally {
    interrupt.ignore();
    await journal.close();
    await lock.release();
  }
}

/** Every secret of the plan must be there before anything is touched. */
async function requireSecrets(plan: Plan, secrets: SecretFiles): Promise<void> {
  const wanted = secretsOf(plan);
  const there = await Promise.all(wanted.map(({ name }) => secrets.get(name)));
  const missing = wanted.filter((_, index) => there[index] === undefined);
  if (missing.length === 0) return;
  throw new OperatorError(`${plan.deployment} lacks ${missing.length} of its secrets: nothing was touched`, {
    code: "SECRET_MISSING",
    exit: ExitCode.Usage,
    details: missing.map(({ name }) => `${name}: ${secrets.path(name)}`),
    hint: `smc -d ${plan.deployment} secrets init  makes up the passwords`,
  });
}

function watchInterrupts({ io }: CommandContext<unknown>) {
  const drain = new AbortController();
  const stop = new AbortController();
  const ignore = io.onInterrupt(() => {
    if (drain.signal.aborted) {
      stop.abort();
      return;
    }
    drain.abort();
  });
  return { drain: drain.signal, stop: stop.signal, ignore };
}
