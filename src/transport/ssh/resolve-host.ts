import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { promisify } from "node:util";
import { hasCode } from "../../base/error-code.ts";
import type { HostTarget } from "../../base/host-target.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { type ConfigPatterns, hostSignature, readConfigPatterns } from "./config-patterns.ts";
import { defaultHostSettings, type HostSettings, parseHostSettings } from "./host-settings.ts";
import { createSemaphore } from "../semaphore.ts";

const SSH_PORT = 22;

/** `Match exec` may run a program; it must not hang a run. */
const ASK_TIMEOUT: Milliseconds = 10_000;

const ASKS_AT_ONCE = 8;

export interface HostResolver {
  /** The settings for a target. Rejects with an OperatorError when ssh does not accept its configuration. */
  resolve: (target: HostTarget) => Promise<HostSettings>;
}

/** Asks `ssh -G`, once for all hosts that must get the same answer. `configFile` replaces both default files, as `ssh -F` does. */
export function createHostResolver(configFile: string | undefined): HostResolver {
  const answers = new Map<string, Promise<{ asked: string; settings: HostSettings }>>();
  const processes = createSemaphore(ASKS_AT_ONCE);
  let patterns: Promise<ConfigPatterns> | undefined;
  return {
    async resolve(target) {
      patterns ??= readConfigPatterns(configFile);
      const signature = hostSignature(await patterns, target.name);
      const key = JSON.stringify([signature, target.user, target.port]);
      const known = answers.get(key) ?? processes.use(() => ask(target, configFile));
      answers.set(key, known);
      const { asked, settings } = await known;
      // A name that ssh gives back as it was asked has no HostName line: the services file has its address.
      return settings.hostName === asked.toLowerCase() || settings.hostName === asked
        ? { ...settings, hostName: target.address }
        : settings;
    },
  };
}

async function ask(
  target: HostTarget,
  configFile: string | undefined,
): Promise<{ asked: string; settings: HostSettings }> {
  const { name, user, port } = target;
  const argv = [
    "-G",
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(user === "" ? [] : ["-l", user]),
    ...(port === SSH_PORT ? [] : ["-p", String(port)]),
    "--",
    name,
  ];
  try {
    const { stdout } = await promisify(execFile)("ssh", argv, { timeout: ASK_TIMEOUT });
    return { asked: name, settings: parseHostSettings(stdout) };
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      const settings = defaultHostSettings(name, user === "" ? userInfo().username : user);
      return { asked: name, settings: { ...settings, port } };
    }
    const { stderr: said, killed } = error as { stderr?: string; killed?: boolean };
    const stderr = said?.trim();
    const what =
      killed === true
        ? `does not tell its configuration within ${ASK_TIMEOUT / 1000} s`
        : "does not accept its configuration";
    throw new OperatorError(`ssh ${what} for ${name}`, {
      code: "SSH_CONFIG_INVALID",
      hint: `Try: ssh -G ${name}`,
      details: stderr === undefined || stderr === "" ? [] : stderr.split("\n"),
      cause: error,
    });
  }
}
