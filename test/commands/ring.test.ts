import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { writeOutput } from "../../src/commands/output-file.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

const FILE = `smc: 1
deployments:
  far:
    site: example.org
    machines:
      db[1-3]: {dc: DC0, vpn: "203.0.113.{n}"}
      db[4-6]: {dc: DC1, vpn: "203.0.113.{n}"}
    services:
      cassandra: {at: "db[1-6]", seeds: [db1]}
`;

/** A node of this machine where nothing listens. */
const LOCAL = `smc: 1
deployments:
  here:
    site: localhost
    transport: local
    ports: {cassandra_native: 1}
    machines: {db1: {dc: DC0, vpn: 127.0.0.1}}
    services:
      cassandra: {at: db1}
`;

interface NodeWords {
  host: string;
  state?: string;
  mode?: string;
  schema?: string;
  release?: string;
}

/** Tokens a sixth of the ring apart, data centres in turn. */
const HOSTS = ["db1", "db4", "db2", "db5", "db3", "db6"];
const ringFile = (...changes: NodeWords[]): string =>
  JSON.stringify({
    version: 1,
    partitioner: "RandomPartitioner",
    nodes: HOSTS.map((host, index) => ({
      host,
      address: `203.0.113.${host.charAt(2)}`,
      dc: index % 2 === 0 ? "DC0" : "DC1",
      rack: "R1",
      tokens: [String((2n ** 127n * BigInt(index)) / 6n)],
      state: "up",
      schema: "d03783d7-b468-3c1a-82f1-8e30b2edde8b",
      release: "5.0.6",
      ...changes.find(change => change.host === host),
    })),
    keyspaces: [
      { name: "site", strategy: "NetworkTopologyStrategy", factors: { DC0: 2, DC1: 1 } },
      { name: "logins", strategy: "NetworkTopologyStrategy", factors: { DC0: 3, DC1: 3 } },
      { name: "system", strategy: "LocalStrategy" },
    ],
  });

describe("smc ring", () => {
  it("shows equal nodes in one row, their shares, and how keyspaces are replicated", async () => {
    const { code, out } = await ring("");
    expect(code).toBe(StatusExitCode.AllRunning);
    expect(out.split("\n").map(line => line.replaceAll(/ +/g, " "))).toEqual([
      "DC RACK HOSTS NODES STATE MODE TOKENS OWNS RELEASE SCHEMA",
      "DC0 R1 db[1-3] 3 up normal 1 16.7% 5.0.6 d03783d7",
      "DC1 R1 db[4-6] 3 up normal 1 16.7% 5.0.6 d03783d7",
      "",
      "6 nodes, 6 up; RandomPartitioner",
      "keyspaces: site DC0:2 DC1:1; logins DC0:3 DC1:3",
      "",
    ]);
  });

  it("shows the shares of a keyspace with all of its replicas", async () => {
    const { out } = await ring("--keyspace site");
    expect(out).toContain("OWNS OF SITE");
    expect(out).toMatch(/db\[1-3\].* 66\.7% /);
    expect(out).toMatch(/db\[4-6\].* 33\.3% /);
  });

  it.each<[string, NodeWords, number, string]>([
    ["a node that is down", { host: "db2", state: "down" }, StatusExitCode.NotAllRunning, "down"],
    ["a node that joins", { host: "db2", mode: "joining" }, StatusExitCode.NotAllRunning, "joining"],
    [
      "a node of which nobody can tell",
      { host: "db2", state: "unknown" },
      StatusExitCode.Unreachable,
      "unknown",
    ],
    ["another schema", { host: "db2", schema: "other" }, StatusExitCode.NotAllRunning, "the schema differs"],
    ["the schema of another release", { host: "db2", schema: "other", release: "4.1.10" }, 0, "other on db2"],
  ])("tells of %s", async (_, ...[change, code, part]) => {
    const result = await ring("", ringFile(change));
    expect(result.out).toContain(part);
    expect(result.code).toBe(code);
  });

  it("names what is without a quorum now", async () => {
    const { out } = await ring("", ringFile({ host: "db1", state: "down" }, { host: "db2", state: "down" }));
    expect(out).toContain("without a quorum now: site would have 1 (db4) of db[1-2,4] for the range (");
  });

  it.each([
    ["--if-down db1 db4", ["site"]],
    ["--if-down db1 --consistency ONE", []],
    ["--if-down db1 db2 db4 --consistency site=NONE", ["logins"]],
    ["--if-down db1,db2 --consistency site=NONE", []],
    ["--if-down @DC1 --consistency site=NONE", ["logins"]],
    ["--if-down @DC1 --consistency one", []],
  ])("%s loses %j", async (words, keyspaces) => {
    const { code, out } = await ring(`${words} --json`);
    const { ifDown } = JSON.parse(out) as { ifDown: { lost: { keyspaces: string[]; left: string[] }[] } };
    expect(ifDown.lost.flatMap(loss => loss.keyspaces)).toEqual(keyspaces);
    expect(code).toBe(keyspaces.length === 0 ? ExitCode.Done : ExitCode.Refused);
  });

  it("tells people what would be lost, and where", async () => {
    const lost = await ring("--if-down db4 --consistency LOCAL_QUORUM");
    expect(lost.out).toContain(
      "if db4 stopped, clients would be refused:\n  site would have none of db4 in DC1 for the range (",
    );
    const kept = await ring("--if-down db4 --consistency ONE");
    expect(kept.out).toContain("if db4 stopped, every keyspace would keep what its clients need");
  });

  it("writes down what it read", async () => {
    const { directory, err } = await ring("--save copy.json");
    expect(err).toContain("wrote copy.json: 6 nodes");
    const copy = await readFile(join(directory, "copy.json"), "utf8");
    await writeFile(join(directory, "ring.json"), copy);
    const again = await smc("-f services.yaml ring --observed ring.json --save copy2.json --json", {
      directory,
    });
    expect(await readFile(join(directory, "copy2.json"), "utf8")).toBe(copy);
    expect((JSON.parse(again.out) as { ring: unknown }).ring).toEqual(JSON.parse(copy));
  });

  it("says why nobody answered, and exits 4; a verb that takes nodes away is refused then", async () => {
    const files = { "services.yaml": LOCAL };
    const { code, err } = await smc("-f services.yaml ring", { files });
    expect(err).toContain("db1: connection refused on 127.0.0.1:1");
    expect(code).toBe(StatusExitCode.Unreachable);
    const restart = await smc("-f services.yaml restart cassandra", { files });
    expect(restart.code).toBe(ExitCode.Refused);
    expect(restart.err).toContain("smc start cassandra  starts it");
  });

  it("names the nodes that the services file has and the ring has not", async () => {
    const text = JSON.parse(ringFile()) as { nodes: { host: string }[] };
    const fewer = JSON.stringify({ ...text, nodes: text.nodes.filter(({ host }) => host !== "db3") });
    const { code, out } = await ring("", fewer);
    expect(out).toContain("in the services file and not in the ring: db3");
    expect(code).toBe(StatusExitCode.NotAllRunning);
  });

  it.each([
    ["--if-down db9", "db9"],
    ["--keyspace sit", "the ring has no keyspace sit"],
    ["--consistency MOST", 'not "MOST"'],
  ])("%s is a usage error", async (words, part) => {
    const { code, err } = await ring(words);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(part);
  });
});

function ring(words: string, file = ringFile()): Promise<SmcResult> {
  const files = { "services.yaml": FILE, "ring.json": file };
  return smc(`-f services.yaml ring --observed ring.json ${words}`, { files });
}

describe("a file that cannot be written", () => {
  it.each([
    [
      "plan restart cassandra -o none/plan.json",
      "the plan cannot be written to none/plan.json: there is no folder /",
    ],
    ["plan repair -o none/plan.json", "the plan cannot be written to none/plan.json: there is no folder /"],
    ["plan upgrade cassandra --to 5.0.6 -o conf", "the plan cannot be written to conf: it is a folder"],
    ["ring --save none/ring.json", "the ring cannot be written to none/ring.json: there is no folder /"],
  ])("is named before any host is asked: smc %s", async (line, expected) => {
    const { code, out, err } = await smc(line, { files: { "conf/services.yaml": LOCAL } });
    expect([code, out]).toEqual([ExitCode.Usage, ""]);
    expect(err).toContain(`error: ${expected}`);
    expect(err).toContain("next: name a file in a folder that is there and yours");
  });

  it("is named as the operator named it when the writing fails", async () => {
    const output = { file: "/proc/ring.json", what: "ring", text: "" } as const;
    await expect(writeOutput({ directory: "/" }, output)).rejects.toMatchObject({
      code: "RING_UNWRITABLE",
      exit: ExitCode.Failed,
      message: "the ring cannot be written to /proc/ring.json: ENOENT: no such file or directory",
    });
  });
});
