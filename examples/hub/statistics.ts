import { performance } from "node:perf_hooks";
import type { Answer } from "../shared/http.ts";
import { reasonOf } from "../shared/log.ts";
import type { Store } from "./routes.ts";

export interface Statistics {
  answer(): Promise<Answer>;
}

/** An answer of the database is given again for so long, so that health checks do not become its main load. */
const FRESH_MS = 2000;

type Query =
  | { ok: true; at: number; latency: number; hubs: readonly unknown[]; snaps: readonly unknown[] }
  | { ok: false; at: number; error: string };

/**
 * The `/stats` page: who is registered, asked from the database, with the age of that answer. 503 when the database does
 * not answer: an old answer is never given instead.
 */
export function createStatistics(store: Store): Statistics {
  let last: Promise<Query> | undefined;
  return {
    answer: async () => {
      last ??= ask(store).then(query => {
        setTimeout(() => (last = undefined), FRESH_MS).unref();
        return query;
      });
      const query = await last;
      const now = performance.now();
      return query.ok ? good(query, now) : { status: 503, body: bad(query, now) };
    },
  };
}

async function ask(store: Store): Promise<Query> {
  const began = performance.now();
  try {
    const [hubs, snaps] = await Promise.all([
      store.execute("SELECT host, port, clients FROM hub_servers WHERE dummy = true"),
      store.execute("SELECT host, port, newest FROM snap_servers WHERE dummy = true"),
    ]);
    const at = performance.now();
    return { ok: true, at, latency: at - began, hubs, snaps };
  } catch (error) {
    return { ok: false, at: performance.now(), error: reasonOf(error) };
  }
}

function good(query: Query & { ok: true }, now: number): Answer {
  return {
    status: 200,
    body: {
      timestamp: new Date().toISOString(),
      database: { ok: true, age_ms: Math.round(now - query.at), latency_ms: Math.round(query.latency) },
      hub_servers: query.hubs,
      snap_servers: query.snaps,
    },
  };
}

function bad(query: Query & { ok: false }, now: number): unknown {
  return {
    timestamp: new Date().toISOString(),
    database: { ok: false, age_ms: Math.round(now - query.at), error: query.error },
  };
}
