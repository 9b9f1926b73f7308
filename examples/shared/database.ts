import { setTimeout as sleep } from "node:timers/promises";
import { Client, errors, type types } from "cassandra-driver";
import pRetry from "p-retry";
import { clientOptions } from "./client-options.ts";
import { reasonOf, type Log } from "./log.ts";
import type { DatabaseOptions } from "./options.ts";
import { isTransient } from "./transient.ts";

/** Raised for a statement while there is no connection yet. */
export class DatabaseDownError extends Error {
  override readonly name = "DatabaseDownError";
}

export interface DatabaseSettings extends DatabaseOptions {
  log: Log;
  /** Statements that make the tables; each must do nothing when the table is there. */
  schema: readonly string[];
}

/** A whole request, with every retry in it, ends within this time. */
const REQUEST_DEADLINE_MS = 8000;
const LONGEST_CONNECT_PAUSE_MS = 3000;
/** So many requests in a row that failed: the client itself is given up and made anew. */
const FAILURES_BEFORE_NEW_CLIENT = 20;

/**
 * A connection to Cassandra that looks after itself: it connects in the background for as long as it takes, asks another
 * coordinator when one fails, repeats idempotent statements until a deadline, and starts afresh when nothing helps.
 */
export class Database {
  readonly #settings: DatabaseSettings;
  readonly #stop = new AbortController();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #failuresInARow = 0;
  #trouble = "";

  constructor(settings: DatabaseSettings) {
    this.#settings = settings;
  }

  /** Begins to connect and returns at once. */
  start(): void {
    this.#connecting ??= this.#connectUntilDone().finally(() => (this.#connecting = undefined));
  }

  /**
   * Runs one idempotent statement at QUORUM and gives its rows. Rejects with `DatabaseDownError` while there is no
   * connection, otherwise with the last error of the driver once the deadline has passed.
   */
  async execute(query: string, parameters: unknown[] = []): Promise<types.Row[]> {
    try {
      const rows = await pRetry(() => this.#executeOnce(query, parameters), {
        retries: 20,
        minTimeout: 50,
        maxTimeout: 500,
        maxRetryTime: REQUEST_DEADLINE_MS,
        signal: this.#stop.signal,
        shouldRetry: ({ error }) => isTransient(error),
      });
      this.#failuresInARow = 0;
      return rows;
    } catch (error) {
      this.#countFailure(error);
      throw error;
    }
  }

  /** Gives the connection up and makes a new one, in the background. */
  connectAfresh(): void {
    this.#failuresInARow = 0;
    const old = this.#client;
    this.#client = undefined;
    void old?.shutdown().catch(() => undefined);
    this.start();
  }

  /** Closes the connection and ends every attempt to make one. */
  async close(): Promise<void> {
    this.#stop.abort(new DatabaseDownError("the program is stopping"));
    await this.#connecting;
    await this.#client?.shutdown();
    this.#client = undefined;
  }

  async #executeOnce(query: string, parameters: unknown[]): Promise<types.Row[]> {
    if (this.#client === undefined) throw new DatabaseDownError("no connection to the database yet");
    const result = await this.#client.execute(query, parameters, { prepare: true, isIdempotent: true });
    const rows: types.Row[] = [];
    for await (const row of result) rows.push(row);
    return rows;
  }

  async #connectUntilDone(): Promise<void> {
    for (let pause = 250; !this.#stop.signal.aborted; pause = Math.min(pause * 2, LONGEST_CONNECT_PAUSE_MS)) {
      const client = new Client(clientOptions(this.#settings));
      try {
        await client.connect();
        for (const statement of this.#settings.schema) await client.execute(statement);
        this.#client = client;
        this.#trouble = "";
        this.#settings.log(`connected to ${client.hosts.length} database nodes`);
        return;
      } catch (error) {
        this.#logOnce(`the database does not answer: ${describe(error)}`);
        await client.shutdown().catch(() => undefined);
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** The same trouble is told once, not with every attempt. */
  #logOnce(trouble: string): void {
    if (trouble !== this.#trouble) this.#settings.log(trouble);
    this.#trouble = trouble;
  }

  #countFailure(error: unknown): void {
    if (this.#client === undefined || !isTransient(error)) return;
    this.#failuresInARow += 1;
    if (this.#failuresInARow < FAILURES_BEFORE_NEW_CLIENT) return;
    this.#settings.log(`${this.#failuresInARow} requests in a row failed, the last: ${describe(error)}`);
    this.connectAfresh();
  }
}

/** "All hosts tried" tells nothing, what each of them said does. */
function describe(error: unknown): string {
  if (!(error instanceof errors.NoHostAvailableError)) return reasonOf(error);
  const inner: Readonly<Record<string, unknown>> = error.innerErrors;
  return Object.entries(inner)
    .map(([host, reason]) => `${host}: ${reasonOf(reason)}`)
    .sort()
    .join("; ");
}
