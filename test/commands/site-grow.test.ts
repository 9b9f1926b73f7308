import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { ringToJson } from "../../src/cassandra/ring/json.ts";
import type { ObservedRing, RingNode } from "../../src/cassandra/ring/model.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

const REAL = await readFile(join(import.meta.dirname, "../../conf/services.yaml"), "utf8");
/** The real site with one machine more, and its VMs. */
const GROWN = REAL.replace('all: "[1-7,10-21]"', 'all: "[1-7,10-22]"').replace(
  "cloud[10-21]:",
  "cloud[10-22]:",
);
const NUMBERS = [1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 12 }, (_, index) => index + 10)];

/** The ring of the test site as it is before. */
function ring(change: (node: RingNode) => RingNode = node => node): ObservedRing {
  const nodes = NUMBERS.map(number =>
    change({
      id: `id${number}`,
      host: `storm-cassandra${number}`,
      address: `10.2.${number}.2`,
      dc: [3, 4, 5, 6, 7].includes(number) ? "DC1" : "DC0",
      rack: "RAC0",
      tokens: [BigInt(number * 10)],
      state: "up",
      mode: "normal",
      release: "5.0.6",
      schema: "s",
    }),
  );
  return {
    version: 1,
    partitioner: "Murmur3Partitioner",
    nodes,
    keyspaces: [{ name: "salvus", replication: { strategy: "network", factors: { DC0: 2, DC1: 2 } } }],
  };
}

function run(line: string, observed: ObservedRing = ring()): Promise<SmcResult> {
  const files = { "conf/services.yaml": GROWN, "ring.json": JSON.stringify(ringToJson(observed)) };
  return smc(`-d storm ${line} --observed ring.json`, { files });
}

interface Answer {
  hosts: string[];
  joining: string[];
  plan: { steps: { id: string; host: string; needs: string[] }[] };
}

async function answer(line: string): Promise<Answer> {
  const { code, out, err } = await run(`${line} --dry-run --json`);
  expect({ code, err }).toEqual({ code: ExitCode.Done, err: "" });
  return JSON.parse(out) as Answer;
}

const partOf = (id: string): string => id.split(":", 1)[0] ?? "";

describe("smc grow on the site of 19 machines", () => {
  it("makes one plan from a new row to serving, in seconds", { timeout: 60_000 }, async () => {
    const { hosts, joining, plan } = await answer("grow cloud22 storm-*22*");
    expect(hosts).toEqual(["cloud22", "storm-cassandra22", "storm-web22", "storm-compute22a"]);
    expect(joining).toEqual(["storm-cassandra22"]);
    expect([...new Set(plan.steps.map(({ id }) => partOf(id)))]).toEqual([
      "prepare machines",
      "vpn of machines",
      "vms",
      "prepare guests",
      "vpn",
      "firewall",
      "ring",
      "services",
    ]);
    const of = (part: string) => plan.steps.filter(({ id }) => partOf(id) === part);
    const made = new Set([...of("prepare machines"), ...of("vms")].map(({ host }) => host));
    expect([...made].sort()).toEqual(["cloud22", ...hosts.slice(1)].sort());
    expect(new Set(of("firewall").map(({ host }) => host)).size).toBe(80);
    expect(of("ring").filter(({ id }) => id.includes("cleanup")).length).toBe(19);
    // Hubs of the site have the new node in their files from then on.
    expect(of("services").map(({ id }) => id)).toContain("services: start hub0@storm-web1");
    expect(of("services").some(({ host }) => host === "storm-cassandra1")).toBe(false);
  });

  it("lets a node join only when the firewall of every member knows it", async () => {
    const { plan } = await answer("grow storm-cassandra22");
    const first = plan.steps.find(({ id }) => id.startsWith("ring: ring before"));
    const hosts = plan.steps.filter(({ id }) => first?.needs.includes(id) === true).map(({ host }) => host);
    expect(first?.needs.every(id => partOf(id) === "firewall")).toBe(true);
    for (const number of NUMBERS) expect(hosts).toContain(`storm-cassandra${number}`);
    expect(hosts).not.toContain("storm-web1");
  });

  it("starts what is on the new hosts and the proxies in front, and nothing else", async () => {
    const { plan } = await answer("grow storm-web22");
    const services = plan.steps.filter(({ id }) => id.startsWith("services: start "));
    expect(new Set(services.map(({ host }) => host))).toContain("storm-web22");
    const others = services.filter(({ host }) => host !== "storm-web22").map(({ id }) => id);
    expect(others.length).toBeGreaterThan(0);
    expect(others.every(id => id.startsWith("services: start haproxy@cloud"))).toBe(true);
    expect(plan.steps.some(({ id }) => partOf(id) === "ring")).toBe(false);
  });

  it("takes the nodes that the ring lacks where nothing is named", async () => {
    expect((await answer("grow --no-cleanup")).hosts).toEqual(["storm-cassandra22"]);
  });

  it("changes nothing where the site has every host", async () => {
    const files = { "conf/services.yaml": REAL, "ring.json": JSON.stringify(ringToJson(ring())) };
    const { code, out, err } = await smc("-d storm grow --observed ring.json --dry-run", { files });
    expect({ code, out, err }).toEqual({
      code: ExitCode.Done,
      out: "",
      err: "unchanged: the ring has every node of the services file; no host was asked whether it is part of the site\n",
    });
  });

  it("is refused where the ring is not whole, with the reasons", async () => {
    const down = ring(node => (node.host === "storm-cassandra3" ? { ...node, state: "down" } : node));
    const { code, err } = await run("grow storm-cassandra22 --dry-run", down);
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("storm-cassandra22 cannot join the ring now: nothing was touched");
    expect(err).toContain("storm-cassandra3 is down");
  });

  it.each([
    ["grow storm-cassandra22", "--dry-run"],
    ["grow --dry-run --on storm-web22", "--on says nothing here"],
    ["grow storm-web99 --dry-run", "storm-web99"],
  ])("%s makes no sense", async (line, why) => {
    const { code, err } = await run(line);
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining(why)]);
  });
});
