import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Request } from "../../examples/shared/http.ts";
import { hubRoutes, proxyRoutes, type Store } from "../../examples/hub/routes.ts";
import { createStatistics } from "../../examples/hub/statistics.ts";

function request(method: string, path: string, body = ""): Request {
  return { method, path, query: new URLSearchParams(), body: async () => body };
}

/** A database of one table, which can be told to be down. */
function fakeStore(): Store & { down: boolean; queries: string[] } {
  const values = new Map<unknown, unknown>();
  return {
    down: false,
    queries: [],
    async execute(query, parameters = []) {
      this.queries.push(query);
      if (this.down) throw new Error("no host was available");
      if (query.startsWith("INSERT")) values.set(parameters[0], parameters[1]);
      if (!query.includes("FROM hub_values") || !values.has(parameters[0])) return [];
      return [{ get: () => values.get(parameters[0]) }];
    },
  };
}

describe("the pages of a hub", () => {
  it("writes a value and reads it back", async () => {
    const store = fakeStore();
    const handle = hubRoutes(store, createStatistics(store), () => undefined);
    expect(await handle(request("PUT", "/hub/values/a", "x y"))).toMatchObject({ status: 200 });
    expect(await handle(request("GET", "/hub/values/a"))).toEqual({
      status: 200,
      body: { key: "a", value: "x y" },
    });
    expect(await handle(request("GET", "/hub/values/b"))).toMatchObject({ status: 404 });
    expect(await handle(request("POST", "/hub/values/b"))).toMatchObject({ status: 405 });
  });

  it("is alive while the database is down, and says what is wrong", async () => {
    const store = fakeStore();
    store.down = true;
    const handle = hubRoutes(store, createStatistics(store), () => undefined);
    expect(await handle(request("GET", "/alive"))).toEqual({ status: 200 });
    expect(await handle(request("GET", "/stats"))).toMatchObject({
      status: 503,
      body: { database: { ok: false, error: "no host was available" } },
    });
    expect(await handle(request("GET", "/hub/values/a"))).toMatchObject({ status: 503 });
  });
});

describe("createStatistics", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks the database once in two seconds however often it is asked", async () => {
    const store = fakeStore();
    const statistics = createStatistics(store);
    await Promise.all([statistics.answer(), statistics.answer()]);
    await statistics.answer();
    expect(store.queries).toHaveLength(2);
    vi.advanceTimersByTime(2000);
    await statistics.answer();
    expect(store.queries).toHaveLength(4);
  });

  it("gives no old answer once the database is gone, and recovers", async () => {
    const store = fakeStore();
    const statistics = createStatistics(store);
    expect(await statistics.answer()).toMatchObject({ status: 200, body: { database: { ok: true } } });
    store.down = true;
    vi.advanceTimersByTime(2000);
    expect(await statistics.answer()).toMatchObject({ status: 503 });
    store.down = false;
    vi.advanceTimersByTime(2000);
    expect(await statistics.answer()).toMatchObject({ status: 200 });
  });
});

describe("the pages of the proxy port", () => {
  const project = "0af1b2c3-0000-4000-8000-1234567890ab";

  it("tells which project and which kind was asked for", async () => {
    expect(await proxyRoutes(3)(request("GET", `/${project}/raw/a.png`))).toEqual({
      status: 200,
      body: { hub: 3, project, kind: "raw" },
    });
    expect(await proxyRoutes(3)(request("GET", "/alive"))).toEqual({ status: 200 });
    expect(await proxyRoutes(3)(request("GET", "/else"))).toMatchObject({ status: 404 });
  });
});
