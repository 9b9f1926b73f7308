import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostTarget } from "../../base/host-target.ts";
import type { Milliseconds } from "../../base/units.ts";
import { childCommand } from "../child-command.ts";
import { type Outcome, supervise } from "../supervise.ts";
import { UnreachableError } from "../unreachable.ts";
import { explainStderr } from "./explain-stderr.ts";
import { systemSshArgv } from "./system-ssh-argv.ts";

/** When smc itself was killed, its master connection ends after this many seconds without use. */
const PERSIST_SECONDS = 120;

const CONTROL_TIMEOUT: Milliseconds = 5000;

export interface ControlMasterOptions {
  target: HostTarget;
  hostName: string;
  configFile?: string;
}

/** The shared connection of the system's ssh to one host (ControlMaster in ssh_config(5)), its socket in a private folder. */
export class ControlMaster {
  readonly #options: ControlMasterOptions;
  #folder: Promise<string> | undefined;
  #opening: Promise<void> | undefined;
  /** The socket file that leads to each destination: a gate asks the same one every half second, for minutes. */
  readonly #forwards = new Map<string, Promise<string>>();
  #socketFiles = 0;

  constructor(options: ControlMasterOptions) {
    this.#options = options;
  }

  /** Connects, unless there is a connection that answers. Rejects with an UnreachableError. */
  async open(): Promise<void> {
    const opening = this.#opening ?? this.#connect();
    this.#opening = opening;
    try {
      await opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    if (await this.isAlive()) return;
    this.#opening = this.#connect();
    await this.#opening;
  }

  async isAlive(): Promise<boolean> {
    const { end } = await this.#control(["-O", "check"]);
    return end.kind === "exited" && end.code === 0;
  }

  /** The argument vector that runs a line over the connection. */
  async argv(command: string): Promise<string[]> {
    return this.#argv(["ControlMaster=no"], command);
  }

  /** Lets a socket file on this machine lead to where `destination` (`host:port` or a path) is for the host. */
  async forward(destination: string): Promise<string> {
    const known = this.#forwards.get(destination) ?? this.#addForward(destination);
    this.#forwards.set(destination, known);
    try {
      return await known;
    } catch (error) {
      this.#forwards.delete(destination);
      throw error;
    }
  }

  async #addForward(destination: string): Promise<string> {
    this.#socketFiles += 1;
    const path = join(await this.#privateFolder(), `f${this.#socketFiles}`);
    const { end, stderr } = await this.#control(["-O", "forward", "-L", `${path}:${destination}`]);
    if (end.kind === "exited" && end.code === 0) return path;
    throw explainStderr(stderr, this.#options.target.name);
  }

  async close(): Promise<void> {
    if (this.#folder === undefined) return;
    if (this.#opening !== undefined) await this.#control(["-O", "exit"]);
    this.#opening = undefined;
    await rm(await this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
    this.#forwards.clear();
  }

  /** The first session only proves that the login works; the connection outlives it in the background. */
  async #connect(): Promise<void> {
    this.#forwards.clear();
    const { target } = this.#options;
    const argv = await this.#argv(["ControlMaster=yes", `ControlPersist=${PERSIST_SECONDS}`], "exit 0");
    const { end, stderr } = await runHere(argv, target.connectTimeout);
    if (end.kind === "exited" && end.code === 0) return;
    if (end.kind === "timed-out")
      throw new UnreachableError("timeout", `${target.name} did not log us in within ${end.after / 1000} s`);
    throw explainStderr(stderr, target.name);
  }

  async #argv(settings: readonly string[], command: string): Promise<string[]> {
    const { target, ...names } = this.#options;
    const path = join(await this.#privateFolder(), "m");
    const all = [
      "BatchMode=yes",
      `ControlPath=${path}`,
      "ServerAliveInterval=10",
      "LogLevel=ERROR",
      ...settings,
    ];
    return systemSshArgv(target, { ...names, tty: false, settings: all, command });
  }

  async #control(words: readonly string[]): Promise<Outcome> {
    const path = join(await this.#privateFolder(), "m");
    // -F none: the socket says which connection, and nothing of the configuration matters.
    return runHere(["ssh", "-F", "none", "-S", path, ...words, "--", "smc"], CONTROL_TIMEOUT);
  }

  #privateFolder(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), "smc-ssh-"));
    return this.#folder;
  }
}

async function runHere(argv: readonly string[], timeout: Milliseconds): Promise<Outcome> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest);
  await once(child, "spawn").catch((error: unknown) => {
    throw new UnreachableError("protocol", "the ssh program cannot be started", { cause: error });
  });
  return supervise(
    childCommand(child, () => child.kill("SIGKILL")),
    { timeout },
  );
}
