import { once } from "node:events";
import type { Milliseconds } from "../../base/units.ts";
import { UnreachableError } from "../unreachable.ts";
import type { LiveClient } from "./handshake.ts";

/** Several probes of one host must not each wait for the whole connect timeout. */
const REMEMBER_FAILURE: Milliseconds = 1000;

const END_PATIENCE: Milliseconds = 500;

/** The one connection to a host: opened at the first use, shared, opened again after it was lost. */
export class SharedClient {
  readonly #connect: () => Promise<LiveClient>;
  #current: Promise<LiveClient> | undefined;
  #failure: { error: UnreachableError; until: number } | undefined;

  constructor(connect: () => Promise<LiveClient>) {
    this.#connect = connect;
  }

  /** The open connection. Rejects with an UnreachableError; a failure is the answer for the next second, too. */
  get(): Promise<LiveClient> {
    if (this.#current !== undefined) return this.#current;
    if (this.#failure !== undefined && performance.now() < this.#failure.until)
      return Promise.reject(this.#failure.error);
    const opening = this.#connect();
    this.#current = opening;
    opening.then(
      ({ client }) => client.once("close", () => this.#forget(opening)),
      (error: unknown) => {
        this.#forget(opening);
        if (error instanceof UnreachableError)
          this.#failure = { error, until: performance.now() + REMEMBER_FAILURE };
      },
    );
    return opening;
  }

  /** Stops using a connection that does not answer; the next command gets a new one. */
  drop(live: LiveClient, reason: string): void {
    live.lostReason = reason;
    this.#current = undefined;
    live.client.destroy();
  }

  async close(): Promise<void> {
    const live = await this.#current?.catch(() => undefined);
    this.#current = undefined;
    if (live === undefined) return;
    live.lostReason = "smc closed the connection";
    const closed = once(live.client, "close", { signal: AbortSignal.timeout(END_PATIENCE) });
    live.client.end();
    await closed.catch(() => live.client.destroy());
  }

  #forget(opening: Promise<LiveClient>): void {
    if (this.#current === opening) this.#current = undefined;
  }
}
