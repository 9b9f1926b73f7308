import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Tally } from "../../../examples/load/report.ts";
import { runWorker } from "../../../examples/load/worker.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";
import { renderOf, type SiteWords } from "../../services/support.ts";
import { askSocket, comesToHold, holds, runWords, startReal, type RunningProgram } from "./real-program.ts";

const ADDRESS = "127.77.0.1";
const BASE = "/site";
const PROJECT = "0af1b2c3-0000-4000-8000-1234567890ab";

/** A hub that needs no database: it keeps values in memory and says who it is. */
function fakeHub(name: string, values: Map<string, string>): Server {
  return createServer((request, response) => {
    const chunks: string[] = [];
    request.on("data", chunk => chunks.push(String(chunk)));
    request.on("end", () => {
      const url = request.url ?? "";
      if (request.method === "PUT") values.set(url, chunks.join(""));
      response.setHeader("X-Served-By", name);
      response.end(JSON.stringify({ value: values.get(url) ?? null }));
    });
  });
}

describe("haproxy and nginx as smc renders them", () => {
  const values = new Map<string, string>();
  const hubs = new Map<string, Server>();
  const programs: RunningProgram[] = [];
  let site: SiteWords;
  let url: string;

  beforeAll(async () => {
    site = {
      transport: "local",
      baseUrl: BASE,
      stateDirectory: await makeFolder(),
      hosts: { web1: { address: ADDRESS, dc: "DC0" } },
      ports: { haproxy: 28_000, nginx: 28_080, cassandra_native: 29_042 },
      services: {
        cassandra: { at: ["web1"] },
        hub: { at: ["web1"], instances: 2 },
        nginx: { at: ["web1"] },
        haproxy: { at: ["web1"] },
      },
    };
    url = `http://${ADDRESS}:28000${BASE}`;
    for (const port of [5000, 5001, 5002, 5003]) {
      const name = port < 5002 ? "hub0" : "hub1";
      const server = fakeHub(name, values);
      await new Promise<void>(resolve => server.listen(port, ADDRESS, resolve));
      hubs.set(`${name}:${port}`, server);
    }
    for (const name of ["nginx@web1", "haproxy@web1"]) programs.push(await startReal(renderOf(site, name)));
    const ready = [renderOf(site, "nginx@web1").ready, renderOf(site, "haproxy@web1").ready];
    for (const probe of ready) await comesToHold(probe);
  });

  afterAll(async () => {
    for (const program of programs) await program.stop();
    await removeFolder(site.stateDirectory ?? "");
    for (const server of hubs.values()) {
      server.closeAllConnections();
      server.close();
    }
  });

  it("pass their own checks", async () => {
    for (const name of ["nginx@web1", "haproxy@web1"]) {
      expect(await runWords(renderOf(site, name).check?.argv ?? [])).toMatchObject({ code: 0 });
    }
  });

  it.each([
    ["/hub/values/a", /^hub/],
    ["/stats", /^hub/],
    [`/${PROJECT}/port/80/x`, /^hub/],
    [`/${PROJECT}/other`, /^$/],
    ["/hubble", /^$/],
    ["/static/", /^$/],
    ["/", /^$/],
  ])("send %s where it belongs", async (path, by) => {
    const response = await fetch(`${url}${path}`);
    expect(response.headers.get("x-served-by") ?? "").toMatch(by);
    await response.body?.cancel();
  });

  it("serve the page of smc", async () => {
    expect(await (await fetch(`${url}/static/index.html`)).text()).toContain("<h1>cloud.example.com</h1>");
    expect(await (await fetch(`${url}/static/salvus_base_url.js`)).text()).toBe(
      `salvus_base_url = "${BASE}";\n`,
    );
  });

  it("keep a client with a cookie at its hub, until that hub is taken out", async () => {
    const [entry] = renderOf(site, "hub0@web1").traffic ?? [];
    if (entry?.out.kind !== "socket" || entry.back.kind !== "socket")
      throw new Error("no way to take it out");
    const ask = async (): Promise<string | null> => {
      const response = await fetch(`${url}/hub/x`, { headers: { Cookie: "SERVERID_site=hub0.web1" } });
      await response.body?.cancel();
      return response.headers.get("x-served-by");
    };
    expect([await ask(), await ask(), await ask()]).toEqual(["hub0", "hub0", "hub0"]);

    expect(await askSocket(entry.out.socket, entry.out.send)).toMatch(new RegExp(entry.out.expect));
    await comesToHold(entry.drained);
    expect([await ask(), await ask(), await ask()]).toEqual(["hub1", "hub1", "hub1"]);

    expect(await askSocket(entry.back.socket, entry.back.send)).toMatch(new RegExp(entry.back.expect));
    await vi.waitFor(async () => expect(await ask()).toBe("hub0"));
  });

  it("say so when a server to be taken out is unknown", async () => {
    const [entry] = renderOf(site, "hub0@web1").traffic ?? [];
    if (entry?.out.kind !== "socket") throw new Error("no way to take it out");
    const answer = await askSocket(entry.out.socket, entry.out.send.replaceAll("hub0.web1", "hub9.web1"));
    expect(answer).not.toMatch(new RegExp(entry.out.expect));
  });

  it("lose no request of a client that never retries when a hub dies and haproxy reloads", async () => {
    const stop = new AbortController();
    const tally = new Tally();
    const worker = { workers: 1, durationMs: undefined, retries: 0, timeoutMs: 15_000, pauseMs: 0 };
    const load = Promise.all(
      ["a", "b", "c", "d"].map(name => runWorker({ ...worker, url, name, tally, signal: stop.signal })),
    );
    const requests = async (more: number): Promise<void> => {
      const target = tally.report().requests + more;
      await vi.waitFor(() => expect(tally.report().requests).toBeGreaterThan(target), {
        timeout: 60_000,
        interval: 20,
      });
    };
    await requests(200);
    const dead = hubs.get("hub1:5002");
    dead?.closeAllConnections();
    dead?.close();
    await requests(500);
    programs[1]?.reload();
    await requests(500);
    stop.abort();
    await load;
    const { failed, wrong, errors } = tally.report();
    expect({ failed, wrong, errors }).toEqual({ failed: 0, wrong: 0, errors: {} });
  });

  it("take up a new configuration without ending", async () => {
    const nginx = renderOf(site, "nginx@web1");
    programs[0]?.reload();
    expect(await holds(nginx.ready)).toBe(true);
    expect(programs.map(({ child }) => child.exitCode)).toEqual([null, null]);
  });
});
