import { Client, type ClientOptions, errors as driverErrors, policies, types } from "cassandra-driver";

export const CLIENT_KINDS = ["never retries", "usual retries"] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** What a client that never retries has instead of the driver's defaults; the other one has nothing. */
const NEVER: ClientOptions = { policies: { retry: new policies.retry.FallthroughRetryPolicy() } };

export interface LoadWords {
  kind: ClientKind;
  /** Addresses to begin with. */
  nodes: readonly string[];
  port: number;
  login?: { username: string; password: string };
}

/** Reads and writes at QUORUM at a steady rate, however slow the answers are. */
export class LoadClient {
  readonly kind: ClientKind;
  readonly #client: Client;
  readonly #underWay = new Set<Promise<void>>();
  #errors: string[] = [];
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ kind, nodes, port, login }: LoadWords) {
    this.kind = kind;
    this.#client = new Client({
      ...(kind === "never retries" ? NEVER : {}),
      contactPoints: [...nodes],
      localDataCenter: "DC0",
      ...(login === undefined ? {} : { credentials: login }),
      protocolOptions: { port },
      queryOptions: {
        consistency: types.consistencies.quorum,
        prepare: true,
        isIdempotent: kind === "usual retries",
      },
    });
  }

  /** Connects and makes the table in a keyspace with so many replicas. */
  async connect(keyspace: string, replicas: number): Promise<void> {
    await this.#client.connect();
    await this.#client.execute(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'DC0': ${replicas}}`,
      [],
      { prepare: false },
    );
    await this.#client.execute(
      `CREATE TABLE IF NOT EXISTS ${keyspace}.load (id int PRIMARY KEY, value int)`,
      [],
      {
        prepare: false,
      },
    );
    this.#client.keyspace = keyspace;
    await this.#client.execute(`USE ${keyspace}`, [], { prepare: false });
  }

  /** Carries out a statement that is no part of the load. */
  async execute(statement: string): Promise<void> {
    await this.#client.execute(statement, [], { prepare: false });
  }

  /** Whether the driver believes so many hosts up and holds connections to all of them. */
  hasAll(hosts: number): boolean {
    const state = this.#client.getState();
    const connected = state
      .getConnectedHosts()
      .filter(host => host.isUp() && state.getOpenConnections(host) > 0);
    return connected.length === hosts;
  }

  /** Sends so many requests a second until `end`. */
  start(rate: number): void {
    const beganAt = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - beganAt) / 1000) * rate;
      while (this.#requests < due) this.#send(this.#requests++);
    }, 10);
  }

  /** Ends the load, waits for what is under way, and tells what came of it since `start`. */
  async end(): Promise<{ requests: number; errors: readonly string[] }> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    const result = { requests: this.#requests, errors: this.#errors };
    this.#requests = 0;
    this.#errors = [];
    return result;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.shutdown();
  }

  #send(number: number): void {
    const id = number % 1000;
    const sending: Promise<void> = (
      number % 2 === 0
        ? this.#client.execute("INSERT INTO load (id, value) VALUES (?, ?)", [id, number])
        : this.#client.execute("SELECT value FROM load WHERE id = ?", [id])
    )
      .then(
        () => undefined,
        (error: unknown) => void this.#errors.push(describe(error)),
      )
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }
}

/** An error without what differs each time: addresses. The driver has no inner errors when it asked no host at all. */
function describe(error: unknown): string {
  const inner =
    error instanceof driverErrors.NoHostAvailableError
      ? Object.values((error.innerErrors as object | null) ?? {})
      : [];
  const [first = error] = inner as readonly unknown[];
  const message = first instanceof Error ? first.message : String(first);
  return message.replaceAll(/\d+\.\d+\.\d+\.\d+(:\d+)?/g, "HOST").slice(0, 120);
}
