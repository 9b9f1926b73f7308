import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Action, Plan, Probe, Step } from "../plan/model.ts";
import type { RepairLedger } from "../state/repair-ledger.ts";
import type { Connection, Transport } from "../transport/model.ts";
import { executors as ownExecutors } from "./actions/executors.ts";
import type { ArtefactStore } from "./artefacts.ts";
import { describeEnd } from "./command-failure.ts";
import type { ActionResult, Performer, ProbeAnswer, WorkLimits } from "./performer.ts";
import { probers as ownProbers } from "./probes/probers.ts";
import type {
  ActionContext,
  Executor,
  Executors,
  ProbeContext,
  Prober,
  Probers,
  SecretSource,
} from "./registry.ts";
import { HeardGossip } from "./ring/heard.ts";
import { runOptions } from "./run-options.ts";
import { endOfLog } from "./units/last-words.ts";
import { RunSecrets } from "./run-secrets.ts";

/** What the work of a plan needs from outside. */
export interface Surroundings {
  hosts: Plan["hosts"];
  transport: Transport;
  /** Makes one without any open connection; absent where no step asks for a new one. */
  newTransport?: () => Transport;
  secrets: SecretSource;
  artefacts: ArtefactStore;
  /** Absent where nothing is repaired. */
  ledger?: RepairLedger;
  /** What was heard of a ring before the plan was made; absent: nothing. */
  heard?: HeardGossip;
  /** Others than those of smc, for tests. */
  executors?: Executors;
  probers?: Probers;
}

/** The performer that works on real hosts, by the executors and probers of the registries. */
export function createPerformer(surroundings: Surroundings): Performer {
  const run = runOf(surroundings);
  const executors = surroundings.executors ?? ownExecutors;
  const contextOf = ({ host }: Step, limits: WorkLimits): ActionContext =>
    createContext({ ...run, host, limits });
  return {
    perform: async (step, action, limits) => {
      // The registry pairs every kind with the executor of that kind, which the type system cannot follow here.
      const executor = executors[action.kind] as Executor<Action>;
      const result = await executor(action, contextOf(step, limits)).catch(asFailure);
      return redactResult(result, run.secrets);
    },
    ask: (step, probe, limits) => contextOf(step, limits).ask(probe),
  };
}

/** Asks one probe of one host, outside of any plan. */
export type HostProber = (host: HostName, probe: Probe, limits: WorkLimits) => Promise<ProbeAnswer>;

/** The prober for commands that only look. */
export function createProber(surroundings: Surroundings): HostProber {
  const run = runOf(surroundings);
  return (host, probe, limits) => createContext({ ...run, host, limits }).ask(probe);
}

/** What all steps of a run share. */
interface RunWords {
  surroundings: Surroundings;
  secrets: RunSecrets;
  heard: HeardGossip;
}

function runOf(surroundings: Surroundings): RunWords {
  const { secrets, heard = new HeardGossip() } = surroundings;
  return { surroundings, secrets: new RunSecrets(secrets), heard };
}

function createContext(words: RunWords & { host: HostName; limits: WorkLimits }): ActionContext {
  const { surroundings, secrets, heard, host, limits } = words;
  const connectionTo = (name: HostName, transport = surroundings.transport): Connection => {
    const target = surroundings.hosts[name];
    if (target === undefined) throw new Error(`${name} is not a host of the plan`);
    return transport.connection(target);
  };
  const context: ActionContext = {
    ...limits,
    waiting: evidence => limits.waiting(secrets.redact(evidence)),
    connection: connectionTo(host),
    artefacts: surroundings.artefacts,
    ledger: surroundings.ledger,
    heard,
    secret: name => secrets.get(name),
    redact: text => secrets.redact(text),
    fill: content => secrets.fill(content),
    newlyConnected: async work => {
      const transport = surroundings.newTransport?.();
      if (transport === undefined) throw new Error("nobody said how a new connection is made");
      try {
        return await work(connectionTo(host, transport));
      } finally {
        await transport.close();
      }
    },
    fileOf: (other, path) => readFileOf(connectionTo(other), path, limits),
    redactAll: text => secrets.redactAll(text),
    endOf: async ({ host: other, path, runAs }) =>
      secrets.redactAll(await endOfLog(connectionTo(other), { path, runAs })),
    ask: async (probe, other) => {
      if (other !== undefined && other !== host) return createContext({ ...words, host: other }).ask(probe);
      const answer = await askProbe(surroundings.probers ?? ownProbers, probe, context);
      const { output } = answer;
      const redacted = { ...answer, evidence: secrets.redact(answer.evidence) };
      return output === undefined ? redacted : { ...redacted, output: secrets.redact(output) };
    },
  };
  return context;
}

async function readFileOf(connection: Connection, path: string, limits: WorkLimits): Promise<string> {
  const read = await connection.readFile(path, runOptions(limits));
  if (read.kind === "content") return read.content;
  const why = read.kind === "absent" ? "it is not there" : describeEnd(read.result);
  throw new OperatorError(`${path} of ${connection.target.name} cannot be read: ${why}`, {
    code: "FILE_UNREADABLE",
  });
}

/** Asks a probe by its prober. What a prober throws as an OperatorError is an answer that did not come: `unknown`. */
function askProbe(probers: Probers, probe: Probe, context: ProbeContext): Promise<ProbeAnswer> {
  const prober = probers[probe.kind] as Prober<Probe>;
  return prober(probe, context).catch((error: unknown) => {
    if (!(error instanceof OperatorError)) throw error;
    return { holds: "unknown", evidence: error.message };
  });
}

function asFailure(error: unknown): ActionResult {
  if (error instanceof OperatorError) {
    const { message, hint, details } = error;
    return {
      kind: "failed",
      reason: message,
      ...(hint === undefined ? {} : { hint }),
      ...(details.length === 0 ? {} : { output: details.join("\n") }),
    };
  }
  const output = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "failed", reason: "smc itself failed in this step, which is a bug", output };
}

function redactResult(result: ActionResult, secrets: RunSecrets): ActionResult {
  const entries = Object.entries(result).map(([key, value]) => [
    key,
    typeof value === "string" ? secrets.redact(value) : value,
  ]);
  return Object.fromEntries(entries) as ActionResult;
}
