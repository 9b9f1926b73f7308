import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { artefactCache, createArtefactStore } from "../engine/artefacts/store.ts";
import { createPerformer } from "../engine/create-performer.ts";
import { createHeader, type JournalHeader } from "../engine/journal/header.ts";
import { openRunJournal } from "../engine/journal/write.ts";
import type { EarlierAttempts } from "../engine/recall.ts";
import type { HeardGossip } from "../engine/ring/heard.ts";
import { runPlan } from "../engine/run.ts";
import type { PauseRule } from "../engine/stages.ts";
import type { Plan } from "../plan/model.ts";
import { secretsOf } from "../plan/secrets.ts";
import { createReport } from "../report/create.ts";
import { takeLock, type Lock, type LockRequest } from "../state/lock.ts";
import { repairLedger } from "../state/repair-ledger.ts";
import { newRunId } from "../state/run-id.ts";
import { SecretFiles } from "../state/secret-files.ts";
import type { Transport } from "../transport/model.ts";
import { earlierDurations } from "./earlier-durations.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";

/** A plan with what it needs to be carried out. */
export interface Execution {
  context: CommandContext<unknown>;
  site: Pick<Site, "stateDirectory" | "secretsFolder">;
  transport: Transport;
  plan: Plan;
  /** What was heard of the ring when it was looked at for the plan. */
  heard?: HeardGossip;
  /** How far the plan is carried out; absent: to its end. */
  pause?: PauseRule;
}

/** A run that goes on after its controller died or was interrupted. */
export interface Continuation {
  header: JournalHeader;
  /** Reads, under the lock, what earlier attempts did. Throws an OperatorError when nothing is left to do. */
  earlier: () => Promise<EarlierAttempts>;
}

/**
 * Carries out a plan: under the lock of its deployment, with a journal, shown as it goes. The first Ctrl-C finishes
 * the steps under way, the second stops now. Gives the exit code of the run. Throws an OperatorError before anything
 * is touched, when a secret is missing or somebody else holds the lock.
 */
export async function executePlan(execution: Execution, continuation?: Continuation): Promise<ExitCode> {
  const { context, site, plan } = execution;
  await requireSecrets(plan, new SecretFiles(site.secretsFolder));
  const header = continuation?.header ?? newHeader(execution);
  const request = {
    stateDirectory: site.stateDirectory,
    deployment: plan.deployment,
    reason: context.argv.join(" "),
    run: header.run,
  };
  return underLock(request, lock => {
    tellOfPredecessor(execution, lock, header);
    const work = async (): Promise<ExitCode> =>
      carryOut(execution, { header, earlier: await continuation?.earlier() });
    return plan.shared === true ? underLock({ ...request, deployment: SHARED_LOCK }, work) : work();
  });
}

/** What deployments on the same machines share has a lock of its own; no deployment can be called so. */
const SHARED_LOCK = "@machines";

async function underLock<T>(request: LockRequest, work: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = await takeLock(request);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

function newHeader({ site, plan }: Execution): JournalHeader {
  const { deployment, command } = plan;
  return createHeader({
    run: newRunId(new Date()),
    deployment,
    command,
    secretsFolder: site.secretsFolder,
  });
}

/** The lock was left by a process that died in the middle of a run. */
function tellOfPredecessor({ context }: Execution, { predecessor }: Lock, { run }: JournalHeader): void {
  if (predecessor === undefined || predecessor.run === run) return;
  const { user, reason, run: other } = predecessor;
  context.io.stderr.write(
    `note: "smc ${reason}" of ${user} died before its end (run ${other}); what this run changes, it is not resumed over\n`,
  );
}

async function carryOut(
  { context, site, transport, plan, heard, pause }: Execution,
  { header, earlier }: { header: JournalHeader; earlier: EarlierAttempts | undefined },
): Promise<ExitCode> {
  const { io, global } = context;
  const journal = await openRunJournal(site.stateDirectory, header, earlier === undefined);
  const report = createReport({ io, global }, await earlierDurations(site.stateDirectory, plan));
  const interrupt = watchInterrupts(context);
  try {
    await runPlan({
      plan,
      run: header.run,
      performer: createPerformer({
        hosts: plan.hosts,
        transport,
        newTransport: () => openTransport(io),
        secrets: new SecretFiles(site.secretsFolder),
        artefacts: createArtefactStore(artefactCache(io.env)),
        ledger: repairLedger({ ...site, ...header }),
        ...(heard === undefined ? {} : { heard }),
      }),
      listener: report.listener,
      record: journal.record,
      drain: interrupt.drain,
      stop: interrupt.stop,
      ...(pause === undefined ? {} : { pause }),
      ...(earlier === undefined ? {} : { earlier }),
    });
  } finally {
    interrupt.ignore();
    await report.end();
    await journal.close();
  }
  return report.end();
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
    hint: missing.some(({ generated }) => generated)
      ? `smc -d ${plan.deployment} secrets init  makes up the passwords, and says what has to come from you`
      : "they come from you: put them there, readable by you alone",
  });
}

function watchInterrupts({ io }: CommandContext<unknown>) {
  const drain = new AbortController();
  const stop = new AbortController();
  const ignore = io.onInterrupt(cause => {
    // That nobody reads the report any more is no reason to leave a deployment half done.
    if (cause === "closed") return;
    (drain.signal.aborted ? stop : drain).abort();
  });
  return { drain: drain.signal, stop: stop.signal, ignore };
}
