import { afterEach, describe, expect, it } from "vitest";
import { hubRoutes, type Store } from "../../examples/hub/routes.ts";
import { createStatistics } from "../../examples/hub/statistics.ts";
import { quantile, Tally } from "../../examples/load/report.ts";
import { runWorker } from "../../examples/load/worker.ts";
import { createHttpService, type HttpService } from "../../examples/shared/http.ts";
import { closeServer, listen } from "../../examples/shared/program.ts";

describe("quantile", () => {
  it("gives the value that the share does not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.01), quantile([], 0.5)]).toEqual(
      [50, 99, 7, 0],
    );
  });
});

describe("runWorker against a hub", () => {
  const running: HttpService[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ server }) => closeServer(server)));
  });

  /** Starts a hub on a store and loads it until the store has answered `queries` times. */
  async function load(store: Store, queries: number, retries = 0) {
    const stop = new AbortController();
    let left = queries;
    const counting: Store = {
      execute: async (query, parameters) => {
        left -= 1;
        if (left <= 0) stop.abort();
        return store.execute(query, parameters);
      },
    };
    const log = (): void => undefined;
    const http = createHttpService({
      baseUrl: "/site",
      log,
      handle: hubRoutes(counting, createStatistics(counting), () => undefined),
    });
    running.push(http);
    const port = await listen(http.server, { host: "127.0.0.1", port: 0 });
    const tally = new Tally();
    await runWorker({
      url: `http://127.0.0.1:${port}/site`,
      workers: 1,
      durationMs: undefined,
      retries,
      timeoutMs: 5000,
      pauseMs: 0,
      name: "w",
      tally,
      signal: stop.signal,
    });
    return tally.report();
  }

  function memory(): Store {
    let value: unknown;
    return {
      execute: async (query, parameters = []) => {
        if (query.startsWith("INSERT")) value = parameters[1];
        return [{ get: () => value }];
      },
    };
  }

  it("counts a good site as good", async () => {
    const report = await load(memory(), 20);
    expect(report).toMatchObject({ requests: 20, failed: 0, wrong: 0, retried: 0, errors: {} });
    expect(report.latency.max).toBeGreaterThan(0);
  });

  it("counts a read that lost the write as wrong", async () => {
    const forgetful: Store = { execute: async () => [{ get: () => "something else" }] };
    expect(await load(forgetful, 4)).toMatchObject({ requests: 4, failed: 0, wrong: 2 });
  });

  it("counts failures, and with retries only what stays one", async () => {
    const store = memory();
    let calls = 0;
    const flaky: Store = {
      execute: async (query, parameters) => {
        calls += 1;
        if (calls === 1) throw new Error("gone");
        return store.execute(query, parameters);
      },
    };
    expect(await load(flaky, 5)).toMatchObject({ failed: 1, errors: { "PUT answered 503": 1 } });
    calls = 0;
    expect(await load(flaky, 5, 1)).toMatchObject({ failed: 0, retried: 1 });
  });
});
