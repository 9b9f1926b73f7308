import { reasonOf, type Log } from "../shared/log.ts";
import type { Answer, Handler, Request } from "../shared/http.ts";
import type { Statistics } from "./statistics.ts";

/** What the routes need of the database: one idempotent statement at QUORUM. */
export interface Store {
  execute(query: string, parameters?: unknown[]): Promise<readonly { get(column: string): unknown }[]>;
}

const VALUE_PATH = /^\/hub\/values\/([\w.-]{1,100})$/;
const PROJECT_PATH = /^\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(port|raw)(?:\/|$)/;

/**
 * The pages of a hub: `/alive` (the process serves), `/stats` (and the database answers), and
 * `PUT` and `GET` of `/hub/values/KEY`, each one statement at QUORUM.
 */
export function hubRoutes(store: Store, statistics: Statistics, log: Log): Handler {
  return async request => {
    if (request.path === "/alive") return { status: 200 };
    if (request.path === "/stats") return statistics.answer();
    const key = VALUE_PATH.exec(request.path)?.[1];
    if (key === undefined) return { status: 404, body: { error: "not found" } };
    try {
      return await valueAnswer(store, request, key);
    } catch (error) {
      const reason = `the database did not answer: ${reasonOf(error)}`;
      log(`${request.method} ${request.path}: ${reason}`);
      return { status: 503, body: { error: reason } };
    }
  };
}

/** The pages of the proxy port, which in the real site lead into a project; here they say which one was asked for. */
export function proxyRoutes(id: number): Handler {
  return request => {
    if (request.path === "/alive") return { status: 200 };
    const match = PROJECT_PATH.exec(request.path);
    if (match === null) return { status: 404, body: { error: "not found" } };
    return { status: 200, body: { hub: id, project: match[1], kind: match[2] } };
  };
}

async function valueAnswer(store: Store, request: Request, key: string): Promise<Answer> {
  if (request.method === "PUT") {
    await store.execute("INSERT INTO hub_values (key, value) VALUES (?, ?)", [key, await request.body()]);
    return { status: 200, body: { key } };
  }
  if (request.method !== "GET") return { status: 405, body: { error: "GET or PUT" } };
  const [row] = await store.execute("SELECT value FROM hub_values WHERE key = ?", [key]);
  if (row === undefined) return { status: 404, body: { error: `no value of ${key}` } };
  return { status: 200, body: { key, value: row.get("value") } };
}
