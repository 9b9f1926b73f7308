import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { connect, type NetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import type { HostTarget } from "../base/host-target.ts";
import { OperatorError } from "../base/operator-error.ts";
import { childCommand } from "./child-command.ts";
import { beginCommand, silentOutcome } from "./command-result.ts";
import { readFileBy, writeFileBy } from "./files.ts";
import type { CommandResult, Connection, ForwardTarget, RunOptions } from "./model.ts";
import { buildShellCommand } from "./remote-command.ts";
import { type RunningCommand, supervise } from "./supervise.ts";

/**
 * This machine as a host, by zx. Commands run as the current user: `runAs` is ignored, so that a deployment on a developer's
 * own machine needs no privilege. Each command leads a process group of its own, which is killed whole at the deadline.
 */
export function createLocalConnection(target: HostTarget): Connection {
  const run: Connection["run"] = (argv, options) => runLocally(target, argv, options);
  return {
    target,
    run,
    readFile: (path, options) => readFileBy(run, path, options),
    writeFile: file => writeFileBy(run, file),
    forward: (to, options) => connectLocally(to, options),
  };
}

async function runLocally(
  target: HostTarget,
  argv: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  const finish = beginCommand(target.name, argv);
  if (options.signal?.aborted === true) return finish(silentOutcome({ kind: "cancelled" }));
  const { env = {}, directory } = options;
  const line = buildShellCommand(argv, directory === undefined ? { env } : { env, directory });
  return finish(await supervise(await startByShell(line), options));
}

async function startByShell(line: string): Promise<RunningCommand> {
  const { $ } = await import("zx/core");
  const shell = $({
    shell: "/bin/sh",
    prefix: "",
    postfix: "",
    quote: word => word,
    detached: true,
    nothrow: true,
    quiet: true,
    store: forgetfulStore(),
  });
  const running = shell`${line}`;
  if (running.child === undefined) throw new Error("zx started no process");
  const { pid } = running;
  return childCommand(running.child as ChildProcessWithoutNullStreams, () => killGroup(pid));
}

/** zx keeps all output of a command; what counts is collected elsewhere, within a limit. */
function forgetfulStore(): { stdout: Buffer[]; stderr: Buffer[]; stdall: Buffer[] } {
  const forgetful = (): Buffer[] => Object.assign([], { push: () => 0 });
  return { stdout: forgetful(), stderr: forgetful(), stdall: forgetful() };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // The group is already gone.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function connectLocally(
  to: ForwardTarget,
  options: { timeout: number; signal?: AbortSignal },
): Promise<Duplex> {
  const destination: NetConnectOpts = "socket" in to ? { path: to.socket } : { host: to.host, port: to.port };
  const socket = connect(destination);
  const deadline = AbortSignal.timeout(Math.ceil(options.timeout));
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw new OperatorError(`cannot connect to ${describe(to)} on this machine`, {
      code: "FORWARD_FAILED",
      cause: error,
    });
  }
}

function describe(to: ForwardTarget): string {
  return "socket" in to ? to.socket : `${to.host}:${to.port}`;
}
