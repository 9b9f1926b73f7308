import type { Handler } from "../shared/http.ts";

/** The newest snapshot that this process wrote. */
export interface LastSuccess {
  newest: string | undefined;
  at: Date | undefined;
}

/** A snapshot may be this many intervals late before `/stats` says so. */
const LATE = 2;

/** `/alive` (the process serves) and `/stats` (snapshots are being made: 503 when the newest one is too old). */
export function snapRoutes(last: LastSuccess, intervalMs: number): Handler {
  return request => {
    if (request.path === "/alive") return { status: 200 };
    if (request.path !== "/stats") return { status: 404, body: { error: "not found" } };
    const age = last.at === undefined ? undefined : Date.now() - last.at.getTime();
    const onTime = age !== undefined && age <= LATE * intervalMs;
    return {
      status: onTime ? 200 : 503,
      body: { newest: last.newest ?? null, at: last.at?.toISOString() ?? null, age_ms: age ?? null },
    };
  };
}
