import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Milliseconds } from "../../base/units.ts";
import type { ForwardTarget } from "../model.ts";
import type { RemoteShell, StartOptions } from "../remote-shell.ts";
import { createSessionPlaces } from "../session-places.ts";
import type { RunningCommand } from "../supervise.ts";
import { ChannelRefused, LostError, NotStarted, UnreachableError } from "../unreachable.ts";
import { channelCommand } from "./channel-command.ts";
import type { LiveClient } from "./handshake.ts";
import { SharedClient } from "./shared-client.ts";
import { allowOpensshExtensions } from "./ssh2-internals.ts";

export interface Ssh2ShellOptions {
  loginUser: string;
  /** How long the host may take to start a command or to open a forwarded connection. */
  answerTimeout: Milliseconds;
  connect: () => Promise<LiveClient>;
}

/** One host over ssh2: one connection, opened at the first use, with a bounded number of sessions on it. */
export class Ssh2Shell implements RemoteShell {
  readonly loginUser: string;
  readonly #answerTimeout: Milliseconds;
  readonly #shared: SharedClient;
  readonly #places = createSessionPlaces();

  constructor({ loginUser, answerTimeout, connect }: Ssh2ShellOptions) {
    this.loginUser = loginUser;
    this.#answerTimeout = answerTimeout;
    this.#shared = new SharedClient(connect);
  }

  async connect(): Promise<void> {
    await this.#shared.get();
  }

  async start(line: string, options: StartOptions): Promise<RunningCommand> {
    const release = await this.#places.acquire(options);
    try {
      const command = await this.#openSession(line, options);
      void command.closed.then(release);
      return command;
    } catch (error) {
      release();
      const others = this.#places.taken();
      if (!(error instanceof ChannelRefused) || others === 0) throw error;
      // The host allows fewer sessions than usual: wait until one of them ends.
      this.#places.lower(others);
      return this.start(line, options);
    }
  }

  async forward(to: ForwardTarget): Promise<Duplex> {
    const live = await this.#shared.get();
    return this.#answer(live, { open: done => openForward(live.client, to, done), use: channel => channel });
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  async #openSession(line: string, { stop, signal }: StartOptions): Promise<RunningCommand> {
    let live = await this.#shared.get();
    if (!live.stream.writable) {
      // It ended a moment ago; ssh2 would throw, and nothing was sent on it.
      this.#shared.drop(live, live.lostReason);
      live = await this.#shared.get();
    }
    if (signal?.aborted === true) throw new NotStarted({ kind: "cancelled" });
    const { client } = live;
    const startedAt = performance.now();
    return this.#answer(live, {
      open: done => client.exec(line, done),
      use: channel => {
        const kill = (): void => void stopped(stop).then(() => channel.close());
        return channelCommand(channel, live, { startedAt, kill });
      },
    });
  }

  /**
   * Waits for a channel. A host that does not answer in time loses its connection: nothing on it would ever come back.
   * `use` is called at once, because a short command may end in the same packet as its start.
   */
  async #answer<T>(
    live: LiveClient,
    channel: { open(done: Done): unknown; use(channel: ClientChannel): T },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const reason = `the host did not answer within ${this.#answerTimeout / 1000} s`;
        this.#shared.drop(live, reason);
        reject(new LostError(reason));
      }, this.#answerTimeout);
      channel.open((error, opened) => {
        clearTimeout(timer);
        if (error === undefined) resolve(channel.use(opened));
        else reject(explainChannelError(error, live));
      });
    });
  }
}

type Done = (error: Error | undefined, channel: ClientChannel) => void;

async function stopped(stop: (() => Promise<unknown>) | undefined): Promise<void> {
  await stop?.().catch(() => undefined);
}

function openForward(client: Client, to: ForwardTarget, done: Done): void {
  if ("socket" in to) {
    allowOpensshExtensions(client);
    client.openssh_forwardOutStreamLocal(to.socket, done);
  } else {
    client.forwardOut("127.0.0.1", 0, to.host, to.port, done);
  }
}

/** ssh2 gives the reason code of RFC 4254, 5.1 for a channel that the host refused, and this message when the connection went away. */
function explainChannelError(error: Error & { reason?: unknown }, live: LiveClient): Error {
  if (error.message === "No response from server") return new LostError(live.lostReason);
  if (error.reason === undefined)
    return new UnreachableError("protocol", `the host runs no command: ${error.message}`);
  return new ChannelRefused(error.message.replace(/^\(SSH\) Channel open failure: /, ""));
}
