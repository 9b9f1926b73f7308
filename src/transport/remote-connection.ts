import type { Duplex } from "node:stream";
import type { HostTarget } from "../base/host-target.ts";
import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Secret } from "../base/secret.ts";
import { COMMAND_VARIABLE } from "../base/shell.ts";
import type { Milliseconds } from "../base/units.ts";
import { beginCommand, silentOutcome } from "./command-result.ts";
import { readFileBy, writeFileBy } from "./files.ts";
import type { CommandEnd, CommandResult, Connection, ForwardTarget, RunOptions } from "./model.ts";
import { orCancelled } from "./or-cancelled.ts";
import { asksForPassword, explainRefusal } from "./privilege.ts";
import { buildRemoteCommand } from "./remote-command.ts";
import type { RemoteShell } from "./remote-shell.ts";
import { killMarkedCommand, newCommandMark } from "./stray-processes.ts";
import { type Outcome, supervise } from "./supervise.ts";
import { LostError, NotStarted, orUnreachable, UnreachableError, unreachableEnd } from "./unreachable.ts";

/** The host keeps the deadline; this side steps in when the host has had time to say so and has not. */
const GRACE: Milliseconds = 2000;

const SMALL_COMMAND_TIMEOUT: Milliseconds = 5000;

/** Asks for the password that sudo wants on a host; undefined when there is none to give. */
export type AskBecomePassword = (host: HostName) => Promise<Secret | undefined>;

/** A host over ssh, whichever ssh it is. */
export class RemoteConnection implements Connection {
  readonly target: HostTarget;
  readonly #shell: () => Promise<RemoteShell>;
  readonly #askPassword: AskBecomePassword | undefined;
  readonly #passwords = new Map<string, Promise<Secret | undefined>>();

  /** `shell` chooses the way to the host at its first call and keeps it. */
  constructor(target: HostTarget, shell: () => Promise<RemoteShell>, askPassword?: AskBecomePassword) {
    this.target = target;
    this.#shell = () => orUnreachable(shell);
    this.#askPassword = askPassword;
  }

  async run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
    const finish = beginCommand(this.target.name, argv);
    try {
      return finish(explainPrivilege(await this.#run(argv, options), options));
    } catch (error) {
      const end = explainFailure(error);
      if (end === undefined) throw error;
      return finish(silentOutcome(end));
    }
  }

  readFile(...[path, options]: Parameters<Connection["readFile"]>): ReturnType<Connection["readFile"]> {
    return readFileBy((argv, runOptions) => this.run(argv, runOptions), path, options);
  }

  writeFile(file: Parameters<Connection["writeFile"]>[0]): Promise<CommandResult> {
    return writeFileBy((argv, runOptions) => this.run(argv, runOptions), file);
  }

  async forward(...[to, { timeout, signal }]: Parameters<Connection["forward"]>): Promise<Duplex> {
    const deadline = AbortSignal.timeout(Math.ceil(timeout));
    const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    const opening = this.#shell().then(shell => shell.forward(to));
    try {
      const stream = await orCancelled(opening, stop);
      if (stream !== undefined) return stream;
      opening.then(
        late => late.destroy(),
        () => undefined,
      );
      throw new Error(deadline.aborted ? `no answer within ${timeout / 1000} s` : "cancelled");
    } catch (error) {
      throw forwardFailed(this.target, to, error);
    }
  }

  async #run(argv: readonly string[], options: RunOptions): Promise<Outcome> {
    const shell = await orCancelled(this.#shell(), options.signal);
    if (shell === undefined) return silentOutcome({ kind: "cancelled" });
    const password = await this.#passwordFor(shell, options.runAs);
    return execute(shell, argv, password === undefined ? options : { ...options, password });
  }

  /** Whether sudo asks for a password is found out once for each user, before anything that matters runs. */
  async #passwordFor(shell: RemoteShell, runAs: string | undefined): Promise<Secret | undefined> {
    const ask = this.#askPassword;
    if (ask === undefined || runAs === undefined || [runAs, "root"].includes(shell.loginUser))
      return undefined;
    const known = this.#passwords.get(runAs);
    if (known !== undefined) return known;
    const probing = execute(shell, ["true"], { runAs, timeout: SMALL_COMMAND_TIMEOUT });
    const answer = probing.then(({ end, stderr }) =>
      end.kind === "exited" && asksForPassword(end.code, stderr) ? ask(this.target.name) : undefined,
    );
    this.#passwords.set(runAs, answer);
    answer.catch(() => this.#passwords.delete(runAs));
    return answer;
  }
}

interface ExecuteOptions extends RunOptions {
  password?: Secret;
}

async function execute(
  shell: RemoteShell,
  argv: readonly string[],
  options: ExecuteOptions,
): Promise<Outcome> {
  const { loginUser } = shell;
  const mark = newCommandMark();
  const env = { ...options.env, [COMMAND_VARIABLE]: mark };
  const command = buildRemoteCommand(argv, { ...options, env, loginUser });
  const stop = (): Promise<unknown> => killStrays(shell, mark, options);
  const starting = shell.start(command.line, { ...options, stop });
  const started = await orCancelled(starting, options.signal);
  if (started === undefined) {
    starting.then(
      late => late.kill(),
      () => undefined,
    );
    return silentOutcome({ kind: "cancelled" });
  }
  const stdin = withPrefix(command.stdinPrefix, options.stdin);
  return supervise(started, { ...options, ...(stdin === undefined ? {} : { stdin }), grace: GRACE });
}

async function killStrays(shell: RemoteShell, mark: string, options: ExecuteOptions): Promise<void> {
  const { loginUser } = shell;
  const { runAs, password } = options;
  const user = runAs === undefined ? {} : { runAs, ...(password === undefined ? {} : { password }) };
  const words = { ...user, loginUser, timeout: SMALL_COMMAND_TIMEOUT };
  const { line, stdinPrefix } = buildRemoteCommand(killMarkedCommand(mark), words);
  const killing = await shell.start(line, { timeout: SMALL_COMMAND_TIMEOUT });
  await supervise(killing, { stdin: stdinPrefix, timeout: SMALL_COMMAND_TIMEOUT });
}

function withPrefix(prefix: string, stdin: RunOptions["stdin"]): RunOptions["stdin"] {
  if (prefix === "") return stdin;
  if (stdin === undefined || typeof stdin === "string") return prefix + (stdin ?? "");
  if (stdin instanceof Uint8Array) return Buffer.concat([Buffer.from(prefix), stdin]);
  return chain(Buffer.from(prefix), stdin);
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function explainPrivilege(outcome: Outcome, { runAs }: RunOptions): Outcome {
  if (runAs === undefined || outcome.end.kind !== "exited") return outcome;
  const reason = explainRefusal(outcome.end.code, outcome.stderr);
  return reason === undefined ? outcome : { ...outcome, end: { kind: "not-permitted", reason } };
}

function explainFailure(error: unknown): CommandEnd | undefined {
  if (error instanceof UnreachableError) return unreachableEnd(error);
  if (error instanceof NotStarted) return error.end;
  if (error instanceof LostError) return { kind: "lost", reason: error.message };
  return undefined;
}

function forwardFailed(target: HostTarget, to: ForwardTarget, error: unknown): OperatorError {
  const end = "socket" in to ? to.socket : `${to.host}:${to.port}`;
  const reason = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UnreachableError ? error.hint : undefined;
  return new OperatorError(`${target.name} cannot connect to ${end}: ${reason}`, {
    code: "FORWARD_FAILED",
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
