import type { Client } from "cassandra-driver";
import type { SecretName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { Secret } from "../../base/secret.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { CqlEndpoint, CqlLogin } from "../../plan/model.ts";
import type { Connection } from "../../transport/model.ts";
import { openBridge, type Bridge } from "./bridge.ts";
import { clientOptions } from "./client-options.ts";
import { CqlError, toCqlError } from "./failure.ts";

type CqlConsistency = "one" | "quorum" | "local_quorum" | "all";

/** A row, by column. Values are the driver's own for what JavaScript has no type for. */
export type CqlRow = Readonly<Record<string, unknown>>;

/** A login to one node. Every statement goes to that node and no other. */
export interface CqlSession {
  /** Throws a CqlError when no answer comes, or one that is no result. */
  rows(statement: string, consistency: CqlConsistency): Promise<readonly CqlRow[]>;
}

/** What a session needs of the work that it is part of. */
export interface SessionContext {
  connection: Connection;
  secret(name: SecretName): Promise<Secret>;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  deadline: number;
}

const LONGEST_CONNECT: Milliseconds = 10_000;
const LONGEST_STATEMENT: Milliseconds = 30_000;

/**
 * Logs in to the node at `endpoint`, as its host sees it, with the first of the logins that it takes; does `work`; and
 * closes everything, however that ends. Throws a CqlError when the node cannot be asked.
 */
export async function withCqlSession<T>(
  context: SessionContext,
  endpoint: CqlEndpoint,
  work: (session: CqlSession) => Promise<T>,
): Promise<T> {
  const place = `${endpoint.address}:${endpoint.port}`;
  const timeout = timeLeft(context, LONGEST_CONNECT);
  const { address: host, port } = endpoint;
  const bridge = await openBridge(context.connection, { host, port }, { timeout, signal: context.signal });
  const clients: Client[] = [];
  const close = async (): Promise<void> => {
    await bridge.close();
    await Promise.all(clients.splice(0).map(client => client.shutdown().catch(() => undefined)));
  };
  // Without its connections the driver gives up at once; by itself it waits for its own deadline.
  const closeNow = (): void => void bridge.close();
  context.signal.addEventListener("abort", closeNow, { once: true });
  try {
    const client = await logIn(context, endpoint, { bridge, clients, place });
    return await work(sessionOn(client, place, () => timeLeft(context, LONGEST_STATEMENT)));
  } finally {
    context.signal.removeEventListener("abort", closeNow);
    await close();
  }
}

interface LoginPlace {
  bridge: Bridge;
  /** Every client that was made, so that all are closed. */
  clients: Client[];
  place: string;
}

/** Tries the logins in turn; only a refused login, or a missing password, leads to the next one. */
async function logIn(context: SessionContext, endpoint: CqlEndpoint, at: LoginPlace): Promise<Client> {
  const { logins } = endpoint;
  const refusals: string[] = [];
  for (const login of logins.length === 0 ? [undefined] : logins) {
    const attempt = await tryLogin(context, login, at);
    if (typeof attempt !== "string") return attempt;
    refusals.push(attempt);
  }
  throw new CqlError("refused-login", `${at.place} lets nobody in: ${refusals.join("; ")}`, {
    hint: "smc secrets  shows which passwords there are",
  });
}

async function tryLogin(
  context: SessionContext,
  login: CqlLogin | undefined,
  { bridge, clients, place }: LoginPlace,
): Promise<Client | string> {
  const password = login === undefined ? undefined : await passwordOf(context, login);
  if (typeof password === "string") return password;
  const { Client: DriverClient } = await import("cassandra-driver");
  const credentials =
    login === undefined || password === undefined
      ? undefined
      : { username: login.user, password: password.reveal() };
  const timeout = timeLeft(context, LONGEST_CONNECT);
  const client = new DriverClient(await clientOptions({ ...bridge, timeout, credentials }));
  clients.push(client);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const failure = toCqlError(bridge.failure() ?? error, place);
    if (failure.kind === "refused-login") return `${login?.user ?? "nobody"} is refused (${failure.message})`;
    throw failure;
  }
}

/** The password of a login, or why there is none. */
async function passwordOf(context: SessionContext, { user, password }: CqlLogin): Promise<Secret | string> {
  if ("text" in password) return new Secret(password.text);
  try {
    return await context.secret(password.secret);
  } catch (error) {
    if (error instanceof OperatorError) return `${user} has no password here (${error.message})`;
    throw error;
  }
}

function sessionOn(client: Client, place: string, timeLimit: () => Milliseconds): CqlSession {
  return {
    rows: async (statement, consistency) => {
      const { types } = await import("cassandra-driver");
      const consistencies = {
        one: types.consistencies.one,
        quorum: types.consistencies.quorum,
        local_quorum: types.consistencies.localQuorum,
        all: types.consistencies.all,
      };
      const options = { consistency: consistencies[consistency], readTimeout: timeLimit(), prepare: false };
      const result = await client.execute(statement, [], options).catch((error: unknown) => {
        throw toCqlError(error, place);
      });
      return (result.rows ?? []).map(row => ({ ...row }));
    },
  };
}

function timeLeft({ deadline }: SessionContext, longest: Milliseconds): Milliseconds {
  return Math.max(1, Math.min(longest, deadline - Date.now()));
}
