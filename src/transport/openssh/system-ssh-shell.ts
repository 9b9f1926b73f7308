import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Milliseconds } from "../../base/units.ts";
import { childCommand } from "../child-command.ts";
import type { CommandEnd, ForwardTarget } from "../model.ts";
import type { RemoteShell, StartOptions } from "../remote-shell.ts";
import { createSessionPlaces } from "../session-places.ts";
import type { RunningCommand } from "../supervise.ts";
import { ChannelRefused, orUnreachable } from "../unreachable.ts";
import { ControlMaster, type ControlMasterOptions } from "./control-master.ts";

/** ssh does not say when a forwarded connection is open; one that the host could not make is closed by then. */
const REFUSED_WITHIN: Milliseconds = 300;

/** The exit code of ssh for its own failures; a command may have it, too. */
const SSH_FAILED = 255;

/** One host over the system's ssh, for what ssh2 cannot do: certificates, security keys, ProxyCommand. */
export class SystemSshShell implements RemoteShell {
  readonly loginUser: string;
  readonly #master: ControlMaster;
  readonly #places = createSessionPlaces();

  constructor(loginUser: string, options: ControlMasterOptions) {
    this.loginUser = loginUser;
    this.#master = new ControlMaster(options);
  }

  connect(): Promise<void> {
    return orUnreachable(() => this.#master.open());
  }

  async start(line: string, options: StartOptions): Promise<RunningCommand> {
    const release = await this.#places.acquire(options);
    try {
      await this.connect();
      // The outer shell stays and turns a signal into an exit code: ssh itself gives 255 for every signal.
      const [program = "", ...rest] = await this.#master.argv(`(${line}); exit $?`);
      const child = spawn(program, rest);
      child.once("close", release);
      const kill = async (): Promise<void> => {
        await options.stop?.().catch(() => undefined);
        child.kill("SIGKILL");
      };
      return childCommand(
        child,
        () => void kill(),
        end => this.#explain(end),
      );
    } catch (error) {
      release();
      throw error;
    }
  }

  async forward(to: ForwardTarget): Promise<Duplex> {
    await this.connect();
    const destination = "socket" in to ? to.socket : `${to.host}:${to.port}`;
    const socket = connect(await this.#master.forward(destination));
    await once(socket, "connect");
    if (await closesWithin(socket, REFUSED_WITHIN))
      throw new ChannelRefused(`no connection to ${destination}`);
    return socket;
  }

  close(): Promise<void> {
    return this.#master.close();
  }

  async #explain(end: CommandEnd): Promise<CommandEnd> {
    if (end.kind !== "exited" || end.code !== SSH_FAILED || (await this.#master.isAlive())) return end;
    return { kind: "lost", reason: "the ssh connection ended" };
  }
}

async function closesWithin(socket: Socket, time: Milliseconds): Promise<boolean> {
  try {
    await once(socket, "close", { signal: AbortSignal.timeout(time) });
    return true;
  } catch {
    return false;
  }
}
