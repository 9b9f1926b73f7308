import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { ringToJson } from "../../src/cassandra/ring/json.ts";
import type { ObservedRing, RingNode } from "../../src/cassandra/ring/model.ts";
import { parsePlan } from "../../src/plan/check.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

interface Words {
  release?: string;
  /** Of the services file. */
  cassandra?: string;
  node?: (host: string) => Partial<RingNode>;
}

/** Hosts that nobody could reach: a command that asks one of them fails. */
function servicesFile(cassandra: string): string {
  return `smc: 1
deployments:
  far:
    site: example.org
    machines:
      db[1-6]: {dc: DC0, vpn: "203.0.113.{n}"}
    services:
      cassandra: {at: "db[1-6]", seeds: [db1], run_as: salvus, ${cassandra}}
`;
}

function run(
  line: string,
  { release = "4.1.10", cassandra = "", node = () => ({}) }: Words = {},
): Promise<SmcResult> {
  const nodes = [1, 2, 3, 4, 5, 6].map((number): RingNode => {
    const host = `db${number}`;
    const place = {
      dc: "DC0",
      rack: `R${number % 3}`,
      tokens: [BigInt(number * 10)],
      mode: "normal",
    } as const;
    const base = {
      id: host,
      host,
      address: `203.0.113.${number}`,
      state: "up",
      release,
      schema: "s",
    } as const;
    return { ...base, ...place, ...node(host) };
  });
  const ring: ObservedRing = {
    version: 1,
    partitioner: "Murmur3Partitioner",
    nodes,
    keyspaces: [{ name: "site", replication: { strategy: "network", factors: { DC0: 3 } } }],
  };
  const files = {
    "conf/services.yaml": servicesFile(cassandra),
    "ring.json": JSON.stringify(ringToJson(ring)),
  };
  return smc(line, { files });
}

const planned = (words: string, more?: Words): Promise<SmcResult> =>
  run(`upgrade cassandra ${words} --observed ring.json --dry-run`, more);

interface Answer {
  from: Record<string, string>;
  to: string;
  waves: string[][];
  config: { key: string; before?: string; after?: string }[];
  steps: { id: string; host: string; command: string; unless?: string }[];
  plan: unknown;
}

async function answer(words: string, more?: Words): Promise<Answer> {
  const { out, err } = await planned(`${words} --json`, more);
  expect(err).toBe("");
  return JSON.parse(out) as Answer;
}

describe("smc upgrade cassandra --observed", () => {
  it("tells who goes where in which order, what changes in cassandra.yaml, and every step", async () => {
    const { from, to, waves, config, steps, plan } = await answer("--to 5.0.6");
    expect([from["db4"], to]).toEqual(["4.1.10", "5.0.6"]);
    expect(waves.map(wave => wave.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(config).toEqual([{ key: "storage_compatibility_mode", after: '"CASSANDRA_4"' }]);
    const command = (id: string): string => steps.find(step => step.id === id)?.command ?? "";
    expect(command("install cassandra 5.0.6 in db3:/opt/smc/cassandra, beside")).toContain(
      "beside what runs",
    );
    expect(command("snapshot cassandra@db3")).toMatch(/^sudo -n -u salvus sh -c .*smc-upgrade-4.*nodetool$/s);
    expect(steps.find(({ id }) => id === "put back cassandra@db3")?.unless).toContain(
      "none of these fails: ",
    );
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
  });

  it("takes the release of the services file where none is named", async () => {
    expect((await answer("", { cassandra: "version: 5.0.4" })).to).toBe("5.0.4");
  });

  it("goes in as few waves as every quorum allows, and as far as was said", async () => {
    const { waves } = await answer("--to 5.0.6 --parallel");
    expect(waves.length).toBeLessThan(6);
    expect((await answer("--to 5.0.6 --parallel --canary")).waves[0]).toHaveLength(1);
  });

  it("goes on with the nodes that are not there yet", async () => {
    const node = (host: string): Partial<RingNode> =>
      host < "db3" ? { release: "5.0.6", schema: "five" } : {};
    const { waves, config } = await answer("--to 5.0.6", { node });
    expect(waves.flat().toSorted()).toEqual(["db3", "db4", "db5", "db6"]);
    expect(config).toHaveLength(1);
  });

  it("does nothing where all are there, and says what the services file lacks", async () => {
    const { code, err } = await planned("--to 5.0.6", { release: "5.0.6", cassandra: "version: 5.0.4" });
    expect(code).toBe(ExitCode.Done);
    expect(err).toBe("unchanged: every node runs 5.0.6\nnext: set version: 5.0.6 in the services file\n");
  });

  it.each(["--to 5.0.6", "--to 5.0.6 --rollback"])(
    "%s does not take a node that is down for one that is there",
    async line => {
      const node = (host: string): Partial<RingNode> => (host === "db1" ? { state: "down" } : {});
      const { code, err } = await planned(line, { release: "5.0.6", node });
      expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("db1 is not up")]);
    },
  );

  it("says what a written observation lacks that has no releases", async () => {
    const node = (host: string): Partial<RingNode> => (host === "db2" ? { release: undefined } : {});
    const { code, err } = await planned("--to 5.0.6", { node });
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("db2 is of an unknown release")]);
    expect(err).toContain('next: say in ring.json which "release" each node runs (docs/ring-json.md)');
  });

  it("tells all that speaks against it at once", async () => {
    const node = (host: string): Partial<RingNode> =>
      (({ db1: { state: "down" }, db2: { release: "3.11.17" }, db3: { schema: "t" } }) as const)[host] ?? {};
    const cassandra = "source: {folder: /there}, version: 4.1.10";
    const { code, err } = await planned("--to 5.0.6", { node, cassandra });
    expect(code).toBe(ExitCode.Refused);
    for (const told of [
      "cassandra cannot go to 5.0.6: nothing was touched",
      "db2: 3.11.17 → 5.0.6 is no single step",
      "db1 is not up",
      "the schema differs within a release",
      "source: of db1 is that of 4.1.10",
    ])
      expect(err).toContain(told);
  });

  it("names keys of the services file that the release does not take any more", async () => {
    const cassandra =
      "version: 4.0.17, config: {back_pressure_enabled: true, otc_coalescing_strategy: DISABLED}";
    const { code, err } = await planned("--to 4.1.10", { release: "4.0.17", cassandra });
    expect([code, err.includes("config: ")]).toEqual([ExitCode.Done, false]);
    const newer = await planned("--to 4.1.10", {
      release: "4.0.17",
      cassandra: "version: 5.0.6, config: {storage_compatibility_mode: NONE}",
    });
    expect([newer.code, newer.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("config: storage_compatibility_mode came with Cassandra 5.0"),
    ]);
  });

  it("is planned without being done, to be read", async () => {
    const line = "plan upgrade cassandra --to 5.0.6 --observed ring.json --dry-run";
    const { code, out } = await run(`${line} --json`);
    const { plan } = JSON.parse(out) as { plan: { command: string[] } };
    expect([code, plan.command.slice(0, 4)]).toEqual([
      ExitCode.Done,
      ["upgrade", "cassandra", "--to", "5.0.6"],
    ]);
    const written = await run(`${line} -o plan.json`);
    expect([written.code, written.err]).toEqual([ExitCode.Usage, expect.stringContaining("is for reading")]);
  });

  it("goes back only when that is said", async () => {
    const forward = await planned("--to 4.1.10", { release: "5.0.6" });
    expect([forward.code, forward.err]).toEqual([ExitCode.Refused, expect.stringContaining("--rollback")]);
    const { steps } = await answer("--to 4.1.10 --rollback", { release: "5.0.6" });
    expect(steps.map(({ id }) => id)).toContain("see kept cassandra@db1");
    const wrong = await planned("--to 5.0.6 --rollback", { release: "4.1.10" });
    expect([wrong.code, wrong.err]).toEqual([ExitCode.Refused, expect.stringContaining("no way back")]);
  });

  it.each([
    ["upgrade hub --to 2", "smc upgrade is for cassandra"],
    ["upgrade cassandra --to newest", '--to takes a release, not "newest"'],
    ["upgrade cassandra --rollback", "--rollback goes to a release that is named"],
    ["upgrade cassandra --to 5.0.6 --allow-loss", "--allow-loss is of --rollback"],
    ["upgrade cassandra --finish --to 5.0.6", "it goes without --to"],
    ["upgrade cassandra --finish --observed ring.json --dry-run", "it goes without --observed"],
    ["upgrade cassandra --observed ring.json", "it goes with --dry-run"],
  ])("%s is a mistake", async (line, told) => {
    const { code, err } = await run(line);
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining(told)]);
  });
});
