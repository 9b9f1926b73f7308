import type { Secret } from "../base/secret.ts";
import type { HostName, SecretName } from "../base/names.ts";
import type { Action, Content, LogFile, Probe } from "../plan/model.ts";
import type { RepairLedger } from "../state/repair-ledger.ts";
import type { Connection } from "../transport/model.ts";
import type { ArtefactStore } from "./artefacts.ts";
import type { ActionResult, ProbeAnswer, WorkLimits } from "./performer.ts";
import type { HeardGossip } from "./ring/heard.ts";

/** Where the values of secrets come from. */
export interface SecretSource {
  get(name: SecretName): Promise<Secret | undefined>;
  /** The values of all that there are and that can be read. */
  all(): Promise<readonly Secret[]>;
}

/** What a prober has: the host of the step, the limits of its work, and values of secrets. */
export interface ProbeContext extends WorkLimits {
  connection: Connection;
  /** The value of a secret; throws an OperatorError when there is none of that name. */
  secret(name: SecretName): Promise<Secret>;
  /** The text without the secrets of the run: for what is cut short, as nobody knows half of a secret again. */
  redact(text: string): string;
  /** The same without any secret of the deployment: for logs, as a program may print what another run gave it. */
  redactAll(text: string): Promise<string>;
  /** What nodes of a ring told of each other a moment ago. */
  heard: HeardGossip;
  /** Asks another probe within the same limits, of the same host or of one that is named. */
  ask(probe: Probe, host?: HostName): Promise<ProbeAnswer>;
}

/** What an executor has beside that. */
export interface ActionContext extends ProbeContext {
  artefacts: ArtefactStore;
  /** Where repairs are written down; absent where nothing may be repaired. */
  ledger: RepairLedger | undefined;
  /** Text with its secrets filled in: only to be handed to the host. */
  fill(content: Content): Promise<string>;
  /** Works over a connection to the host that is opened for it and closed afterwards. */
  newlyConnected<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** What is in a file of another host of the plan. Throws an OperatorError where it cannot be read. */
  fileOf(host: HostName, path: string): Promise<string>;
  /**
   * The last lines of a log of any host of the plan, even when the deadline has passed, without any secret of the deployment; empty where
   * they cannot be read.
   */
  endOf(log: LogFile): Promise<string>;
}

/**
 * Carries out one kind of action. It looks before it acts: what is already so is `unchanged`. An OperatorError
 * that it throws is a failure in its words.
 */
export type Executor<A extends Action> = (action: A, context: ActionContext) => Promise<ActionResult>;

/** Asks one kind of probe, once. An OperatorError that it throws means `unknown`. */
export type Prober<P extends Probe> = (probe: P, context: ProbeContext) => Promise<ProbeAnswer>;

export type Executors = { [K in Action["kind"]]: Executor<Extract<Action, { kind: K }>> };
export type Probers = { [K in Probe["kind"]]: Prober<Extract<Probe, { kind: K }>> };
