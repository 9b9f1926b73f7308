import { spawn } from "node:child_process";
import { once } from "node:events";
import type { HostTarget } from "../base/host-target.ts";
import { ExitCode } from "../base/exit-code.ts";
import { foldNames } from "../base/host-ranges.ts";
import { OperatorError } from "../base/operator-error.ts";
import { quoteForShell } from "../base/shell.ts";
import type { Deployment } from "../inventory/model.ts";
import { systemSshArgv } from "../transport/openssh/system-ssh-argv.ts";
import { createHostResolver } from "../transport/ssh/resolve-host.ts";
import { selectTargets } from "./fleet/targets.ts";
import { loadSite } from "./load.ts";
import type { CommandContext, Io } from "./model.ts";
import { sshConfigFileOf } from "./open-transport.ts";

/**
 * `smc ssh HOST [-- COMMAND…]`: a shell on one host, or one command in its terminal, by the ssh of this machine with
 * the address, port, user and host key rules of the services file. Exits 0 when ssh does, else 1.
 */
export async function ssh(
  context: CommandContext<object>,
  host: string,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, global } = context;
  const { deployment } = await loadSite(context, { hosts: [host], secretsMayBeMissing: true });
  const target = oneTarget(deployment, host, global);
  const configFile = sshConfigFileOf(io);
  const { hostName } = await createHostResolver(configFile).resolve(target);
  const config = configFile === undefined ? {} : { configFile };
  const argv = systemSshArgv(target, { hostName, ...config, ...commandLine(words) });
  if (global.dryRun) {
    io.stdout.write(`would run ${quoteForShell(argv)}\n`);
    return ExitCode.Done;
  }
  return (await runSsh(argv, io)) === 0 ? ExitCode.Done : ExitCode.Failed;
}

function oneTarget(
  deployment: Deployment,
  host: string,
  global: CommandContext<object>["global"],
): HostTarget {
  const [target, ...others] = selectTargets(deployment, [host], global);
  if (target === undefined || others.length > 0) {
    const names = foldNames([target, ...others].flatMap(found => (found === undefined ? [] : [found.name])));
    throw new OperatorError(`smc ssh goes to one host, and ${host} is ${names}`, {
      code: "ONE_HOST_ONLY",
      hint: `smc run --on '${host}' -- COMMAND  for many`,
    });
  }
  if (target.kind === "ssh") return target;
  throw new OperatorError(
    `${target.name} of ${deployment.name} is this machine: there is nothing to ssh to`,
    {
      code: "HOST_IS_LOCAL",
      hint: `smc -d ${deployment.name} run -- COMMAND`,
    },
  );
}

/** Several words are one command with its words kept apart; a single one is a line for the shell of the host. */
function commandLine(words: readonly string[]): { command?: string } {
  const [first, ...rest] = words;
  if (first === undefined) return {};
  return { command: rest.length === 0 ? first : quoteForShell(words) };
}

/** Ctrl-C belongs to the program on the host: smc only waits for ssh to end. */
async function runSsh([program = "ssh", ...rest]: readonly string[], io: Io): Promise<number | null> {
  const ignore = io.onInterrupt(() => {});
  try {
    const child = spawn(program, rest, { stdio: "inherit", env: io.env, cwd: io.directory });
    const [code] = (await once(child, "close")) as [number | null];
    return code;
  } catch (error) {
    throw new OperatorError("ssh cannot be started", {
      code: "SSH_MISSING",
      hint: "install the OpenSSH client",
      cause: error,
    });
  } finally {
    ignore();
  }
}
