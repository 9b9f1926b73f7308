import { execFileSync } from "node:child_process";
import { mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { smc, type SmcResult } from "../../helpers/smc.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";

const ADDRESS = "127.77.1.1";
const PORTS = { haproxy: 28_100, hub: 25_100, hub_proxy: 25_101, nginx: 28_180, cassandra_native: 29_142 };

/** A hub without a database; the version is in its answers. It ends as a good program does: what it has accepted it answers. */
const HUB = (version: string, { alive = 200, page = "a page" } = {}) => `
const { createServer } = require("node:http");
const { port, proxy_port: proxyPort } = Object.fromEntries(
  process.argv.flatMap((word, index, all) => (word.startsWith("--") ? [[word.slice(2), all[index + 1]]] : [])),
);
const servers = [port, proxyPort].map(number =>
  createServer((request, response) => {
    if (/alive|stats/.test(request.url)) response.statusCode = ${alive};
    setTimeout(() => response.end("${page} of ${version}"), 5);
  }).listen(Number(number), "${ADDRESS}"),
);
process.on("SIGTERM", () => servers.forEach(server => server.close(() => server.closeAllConnections())));
`;

interface Tally {
  good: number;
  bad: string[];
  versions: Set<string>;
}

/** Visitors that never try again, one request after the other on a connection that stays open. */
function visit(clients: number, stop: AbortSignal): { tally: Tally; ended: Promise<unknown> } {
  const tally: Tally = { good: 0, bad: [], versions: new Set() };
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stop.aborted) {
      const answer = await ask(agent).catch((error: unknown) => String(error));
      const [, version] = /^200 a .* of (.*)$/.exec(answer) ?? [];
      if (version === undefined) tally.bad.push(answer);
      else {
        tally.good += 1;
        tally.versions.add(version);
      }
    }
    agent.destroy();
  };
  return { tally, ended: Promise.all(Array.from({ length: clients }, client)) };
}

function ask(agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: ADDRESS, port: PORTS.haproxy, path: "/hub/page", agent, timeout: 15_000 },
      response => {
        const chunks: string[] = [];
        response.on("data", chunk => chunks.push(String(chunk)));
        response.on("error", reject);
        response.on("end", () => resolve(`${response.statusCode} ${chunks.join("")}`));
      },
    );
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer")));
  });
}

describe("smc release behind a real haproxy", () => {
  let directory = "";
  let repository = "";

  const run = (line: string): Promise<SmcResult> => smc(`-f services.yaml ${line}`, { directory });
  const folder = () => join(directory, ".local/state/smc/software/hub");
  const current = () => readlink(join(folder(), "current"));
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], {
      cwd: repository,
    });

  async function commit(text: string, tag: string): Promise<string> {
    await writeFile(join(repository, "hub/server.cjs"), text);
    git("add", "-A");
    git("commit", "-q", "-m", tag);
    git("tag", tag);
    return String(git("rev-parse", "HEAD")).trim();
  }

  async function servicesFile(): Promise<void> {
    const local = {
      site: "localhost",
      transport: "local",
      timeouts: { start: "20s", stop: "20s", ready: "20s" },
      machines: { web1: { dc: "DC0", vpn: ADDRESS } },
      smoke: [
        {
          name: "a page comes over haproxy",
          of: "haproxy",
          http: "/hub/page",
          body: "^a (better )?page of",
          timeout: "3s",
        },
      ],
      services: {
        cassandra: { at: "web1", auth: "none" },
        hub: {
          at: "web1",
          instances: 2,
          keyspace: "site",
          source: { git: "repository", ref: "v1", folder: "hub", version: "1" },
          command: ["node", "{software}/server.cjs", "--port", "{port}", "--proxy_port", "{proxy_port}"],
        },
        haproxy: { at: "web1", redirect_http: false },
      },
    };
    const deployments = { local, other: { ...local } };
    const file = { smc: 1, default: "local", ports: PORTS, deployments };
    await writeFile(join(directory, "services.yaml"), JSON.stringify(file, null, 2));
  }

  beforeAll(async () => {
    directory = await makeFolder();
    repository = join(directory, "repository");
    await mkdir(join(repository, "hub"), { recursive: true });
    git("init", "-q");
    await commit(HUB("one"), "v1");
    await servicesFile();
    for (const words of ["secrets init", "start hub", "start haproxy"]) {
      const { code, err } = await run(words);
      if (code !== 0) throw new Error(err);
    }
  });

  afterAll(async () => {
    await run("stop hub --yes --allow-loss");
    await run("stop haproxy --yes --allow-loss");
    await removeFolder(directory);
  });

  async function underLoad<T>(work: () => Promise<T>): Promise<{ result: T; tally: Tally }> {
    const stop = new AbortController();
    const { tally, ended } = visit(4, stop.signal);
    await vi.waitFor(() => expect(tally.good).toBeGreaterThan(50), { timeout: 20_000, interval: 20 });
    const result = await work();
    const before = tally.good;
    await vi.waitFor(() => expect(tally.good).toBeGreaterThan(before + 50), {
      timeout: 20_000,
      interval: 20,
    });
    stop.abort();
    await ended;
    process.stdout.write(`release under load: ${tally.good} good, ${tally.bad.length} bad\n`);
    return { result, tally };
  }

  it("brings a tag of git to all instances, and no visitor notices", async () => {
    const hash = await commit(HUB("two", { page: "a better page" }), "v2");
    const { result, tally } = await underLoad(() => run("release hub --to v2 --out hub.json --yes"));
    expect([result.code, result.code === 0 ? "" : result.err]).toEqual([0, ""]);
    expect(tally.bad).toEqual([]);
    expect([...tally.versions].sort()).toEqual(["one", "two"]);
    expect(await ask()).toBe("200 a better page of two");
    expect(await current()).toBe(hash.slice(0, 12));
    expect(await readlink(join(folder(), "previous"))).toBe("1");
    expect(result.err).toContain(`next: say version: ${hash.slice(0, 12)} in the source of hub`);
    expect(JSON.parse(await readFile(join(directory, "hub.json"), "utf8"))).toMatchObject({
      code: [{ service: "hub", version: hash.slice(0, 12) }],
      green: [{ deployment: "local", smoke: ["a page comes over haproxy"] }],
    });
    expect((await run("release hub --to v2")).err).toMatch(/unchanged\n$/);
  });

  it("lets no start move the version back by the way", async () => {
    const { code, err } = await run("start hub");
    expect([code, err]).toEqual([1, expect.stringContaining("the services file says 1")]);
    expect(await ask()).toBe("200 a better page of two");
  });

  it("takes a version back that does not answer, and no visitor notices", async () => {
    const before = await current();
    await commit(HUB("three", { alive: 500 }), "v3");
    const { result, tally } = await underLoad(() => run("release hub --to v3 --yes --timeout 5s"));
    expect(result.code).toBe(1);
    expect(tally.bad).toEqual([]);
    expect([...tally.versions]).toEqual(["two"]);
    expect(await current()).toBe(before);
    expect((await run("release status hub")).code).toBe(0);
  });

  it("takes a version back that a smoke test does not hold with, which visitors had seen meanwhile", async () => {
    const before = await current();
    await commit(HUB("four", { page: "a worse page" }), "v4");
    const { result, tally } = await underLoad(() => run("release hub --to v4 --out bad.json --yes"));
    expect([result.code, result.err]).toEqual([1, expect.stringContaining("a page comes over haproxy")]);
    expect(tally.bad).toEqual([]);
    expect(tally.versions).toContain("four");
    expect(await ask()).toBe("200 a better page of two");
    expect(await current()).toBe(before);
    await expect(readFile(join(directory, "bad.json"))).rejects.toThrow("ENOENT");
  });

  it("goes back, once", async () => {
    const { result, tally } = await underLoad(() => run("release hub --rollback --yes"));
    expect([result.code, result.code === 0 ? "" : result.err]).toEqual([0, ""]);
    expect(tally.bad).toEqual([]);
    expect(await ask()).toBe("200 a page of one");
    expect(await current()).toBe("1");
    expect((await run("start hub")).code).toBe(0);
    expect((await run("release hub --rollback --yes")).code).toBe(3);
  });

  it("takes the very bytes that were tried, and no other", async () => {
    const file = join(directory, "hub.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/"sha256": "../, '"sha256": "00'));
    const refused = await run("release --from hub.json --yes");
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("no smoke test has held")]);
    await writeFile(file, text);
    const { code, err } = await run("release --from hub.json --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(await ask()).toBe("200 a better page of two");
  });
});
