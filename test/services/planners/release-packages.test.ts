import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SmokeTest } from "../../../src/inventory/model.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import type { Plan } from "../../../src/plan/model.ts";
import { planPackages, type PackagesWords } from "../../../src/services/planners/release/packages.ts";
import type { PackageChange } from "../../../src/services/release/packages/model.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { decisionOf, refusalOf } from "../../helpers/ring-decision.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const socket = (send: string) => ({ kind: "socket", socket: "/admin.sock", send, expect: "" }) as const;
const words = (word: string) => ({ kind: "run", argv: [word] }) as const;
const hub = service("hub", {
  rendered: {
    traffic: [{ proxy: "haproxy@edge", out: socket("out"), drained: socket("drained"), back: socket("in") }],
  },
});
const cassandra = service("cassandra", {
  rendered: {
    ring: { kind: "command", argv: ["whole-ring"] },
    sendAway: { out: words("close"), back: words("open") },
  },
});
const descriptions = [hub, service("haproxy"), cassandra];
const deployment = deploymentOf({
  hub: ["web1", "web2", "web3"],
  haproxy: ["edge"],
  cassandra: ["db1", "db2", "db3"],
});
const openssl: PackageChange = {
  name: "openssl",
  architecture: "amd64",
  was: "amd64",
  from: "3.0.17",
  to: "3.0.18",
  automatic: false,
  before: "file",
};
const smoke: SmokeTest[] = [
  { name: "front", of: "haproxy", question: { kind: "command", command: "curl {host}" }, timeout: 1000 },
  { name: "own", of: "hub", question: { kind: "command", command: "curl {host}" }, timeout: 1000 },
];
const allRun = new Map(
  deployment.instances.map(({ name }) => [name, { state: "running", identity: `id of ${name}` }] as const),
);

interface Words extends Partial<Omit<PackagesWords, "batches" | "ring">> {
  batches?: readonly (readonly string[])[];
  ring?: readonly string[];
  changes?: readonly PackageChange[];
  stopped?: string;
  refused?: boolean;
  timeout?: number;
}

function plan(of: Words): Plan {
  const { batches = [], ring = [], changes = [openssl], stopped, refused = false, timeout, ...more } = of;
  const onHost = (host: string) => ({ host, changes });
  const observed = new Map(
    [...allRun].map(([name, seen]) => [
      name,
      name === stopped ? ({ ...seen, state: "stopped" } as const) : seen,
    ]),
  );
  const decided = refused
    ? { ring: decisionOf(deployment, { waves: [], refused: ring.map(host => refusalOf(host)) }) }
    : { ring: decisionOf(deployment, { waves: ring.map(host => [host]) }) };
  const request = requestFor(deployment, descriptions, {
    instances: [],
    observed,
    timeout,
    ...(ring.length === 0 ? {} : decided),
  });
  const made = planPackages(request, {
    batches: batches.map(batch => batch.map(onHost)),
    ring: ring.map(onHost),
    smoke,
    direction: "forward",
    wholeRound: false,
    restartAll: false,
    allowLoss: false,
    ...more,
  });
  // As a plan that is kept in a file and read again.
  return parsePlan(JSON.stringify(made), "plan");
}

const ids = ({ steps }: Plan): string[] => steps.map(({ id }) => id);

describe("planPackages", () => {
  it("changes no host before all have the packages, and those of before", () => {
    const before = ancestors(plan({ batches: [["web1"], ["web2"]], ring: ["db1"] }), "idle packages of web1");
    for (const host of ["web1", "web2", "db1"])
      expect(before).toEqual(
        expect.arrayContaining([`fetch packages of ${host}`, `keep packages of ${host}`]),
      );
  });

  it("takes instances out, installs, restarts and asks the smoke tests before the next batch", () => {
    const made = plan({ batches: [["web1"], ["web2"]] });
    expect(step(made, "packages of web1").needs).toEqual([
      "idle packages of web1",
      "drained hub@web1 at haproxy@edge",
    ]);
    expect(ancestors(made, "put back hub@web1 at haproxy@edge")).toEqual(
      expect.arrayContaining(["packages of web1", "restart hub@web1", "ready hub@web1"]),
    );
    const next = ancestors(made, "idle packages of web2");
    expect(next).toEqual(
      expect.arrayContaining([
        "put back hub@web1 at haproxy@edge",
        "smoke 1 own hub@web1",
        "smoke 1 front haproxy@edge",
      ]),
    );
    expect(ids(made)).not.toContain("smoke 1 own hub@web2");
  });

  it("restarts what uses a file that was replaced, or everybody", () => {
    const batches = [["web1"]];
    const { action, done } = step(plan({ batches }), "restart hub@web1");
    expect(action).not.toHaveProperty("previous");
    expect(done).toMatchObject({
      kind: "command",
      runAs: "root",
      argv: expect.arrayContaining(["smc-test-hub.service", "never"]),
    });
    expect(step(plan({ batches, restartAll: true }), "restart hub@web1").done).toBeUndefined();
  });

  it("leaves what does not run alone, and asks it nothing", () => {
    const made = ids(plan({ batches: [["web1"], ["web2"]], stopped: "hub@web1", wholeRound: true }));
    expect(made.filter(id => id.includes("hub@web1"))).toEqual([]);
    expect(made).toContain("packages of web1");
    // The others of the service are asked in its place.
    expect(made.filter(id => id.startsWith("smoke 1"))).toEqual([
      "smoke 1 front haproxy@edge",
      "smoke 1 own hub@web2",
      "smoke 1 own hub@web3",
    ]);
  });

  it("takes nodes of the ring wave after wave, others before them, each after the gates of a restart", () => {
    const made = plan({ batches: [["web1"]], ring: ["db1", "db2"] });
    expect(ancestors(made, "ring before cassandra@db1")).toContain("packages of web1");
    expect(ancestors(made, "idle packages of db1")).toContain("ring before cassandra@db1");
    expect(ancestors(made, "restart cassandra@db1")).toEqual(
      expect.arrayContaining(["packages of db1", "send away cassandra@db1"]),
    );
    expect(step(made, "send away cassandra@db1").done).toMatchObject({
      argv: expect.arrayContaining(["if-stopped"]),
    });
    expect(ancestors(made, "idle packages of db2")).toEqual(
      expect.arrayContaining(["ready cassandra@db1", "ring after cassandra@db1"]),
    );
    expect(ids(made).filter(id => /^ring before \S+$/.test(id))).toHaveLength(1);
  });

  it("asks the ring before packages of a machine beneath nodes change, and after", () => {
    const site = deploymentOf({ cassandra: ["db1", "db2", "db3"], other: ["machine"] });
    const { hosts } = site;
    const db1 = hosts.get("db1");
    if (db1 === undefined) throw new Error("no db1");
    const vm = { machine: "machine" } as NonNullable<typeof db1.vm>;
    const carried = { ...site, hosts: new Map([...hosts, ["db1", { ...db1, kind: "vm" as const, vm }]]) };
    const made = planPackages(requestFor(carried, [cassandra, service("other")], { instances: [] }), {
      batches: [[{ host: "machine", changes: [openssl] }], [{ host: "db1", changes: [openssl] }]],
      ring: [],
      smoke: [],
      wholeRound: false,
      restartAll: false,
      allowLoss: false,
      direction: "forward",
    });
    expect(ancestors(made, "packages of machine")).toContain("ring before machine");
    expect(ancestors(made, "idle packages of db1")).toContain("ring after machine");
    expect(ancestors(made, "ring after machine")).toContain("packages of machine");
    expect(step(made, "packages of machine again").rescues).toContain("ring after machine");
  });

  it("refuses a node that would lose a quorum, unless loss is allowed", () => {
    expect(() => plan({ ring: ["db1"], refused: true })).toThrow("would lose a quorum");
    expect(ids(plan({ ring: ["db1"], refused: true, allowLoss: true }))).toContain("packages of db1");
  });

  it("takes all of a batch back when anything of it fails", () => {
    const made = plan({ batches: [["web1", "web2"], ["web3"]] });
    const { rescues, action, done } = step(made, "packages of web2 again");
    expect(rescues).toEqual(
      expect.arrayContaining([
        "packages of web1",
        "restart hub@web1",
        "ready hub@web2",
        "smoke 1 front haproxy@edge",
      ]),
    );
    expect(rescues).not.toContain("packages of web3");
    expect(action).toMatchObject({
      argv: expect.arrayContaining(["openssl_3.0.17_amd64.deb=openssl=3.0.17"]),
    });
    expect(done).toMatchObject({ argv: expect.arrayContaining(["openssl:amd64=3.0.17"]) });
    expect(ancestors(made, "put back hub@web2 at haproxy@edge again")).toEqual(
      expect.arrayContaining(["ready hub@web2 again", "packages of web2 again"]),
    );
    expect(ancestors(made, "idle packages of web3")).not.toContain("packages of web1 again");
  });

  it("sees a node that went back, and the ring around it, well again, and asks it not to send anybody away", () => {
    const made = plan({ ring: ["db1"] });
    expect(ancestors(made, "ring of db1 again")).toEqual(
      expect.arrayContaining(["packages of db1 again", "ready cassandra@db1 again"]),
    );
    expect(ids(made)).not.toContain("send away cassandra@db1 again");
  });

  it("puts instances back in any case, also where packages do not go back or cannot", () => {
    const lost = plan({ batches: [["web1"]], changes: [{ ...openssl, before: undefined }] });
    expect(ids(lost)).not.toContain("packages of web1 again");
    expect(ids(lost)).not.toContain("keep packages of web1");
    expect(step(lost, "restart hub@web1 again").done).toMatchObject({ kind: "unit", state: "running" });
    for (const made of [lost, plan({ batches: [["web1"]] })]) {
      const putBack = step(made, "put back hub@web1 at haproxy@edge again");
      expect(putBack).toMatchObject({ needs: ["ready hub@web1 again"], after: [] });
      expect(putBack.rescues).toContain("packages of web1");
      expect(step(made, "ready hub@web1 again")).toMatchObject({
        needs: [],
        after: ["restart hub@web1 again"],
      });
    }
  });

  it("goes back without bringing anything, and without a way back from there", () => {
    const made = plan({ batches: [["web1"], ["web2"]], direction: "back", smoke: [] });
    expect(ids(made).filter(id => /^(fetch|keep|idle web|smoke)|^packages .* again$/.test(id))).toEqual([]);
    // What was taken out is put back all the same.
    expect(step(made, "put back hub@web1 at haproxy@edge again").rescues).toContain("packages of web1");
    expect(step(made, "packages of web1").action).toMatchObject({
      argv: expect.arrayContaining(["openssl_3.0.17_amd64.deb=openssl=3.0.17"]),
    });
    expect(ancestors(made, "restart hub@web1")).toEqual(
      expect.arrayContaining(["packages of web1", "drained hub@web1 at haproxy@edge"]),
    );
    expect(ancestors(made, "idle packages of web2")).toContain("put back hub@web1 at haproxy@edge");
  });

  it("waits long for what apt is still at before anything goes back, whatever deadline was asked for", () => {
    const made = plan({ batches: [["web1"]], timeout: 90_000 });
    const hour = 60 * 60_000;
    expect(step(made, "packages of web1").timeout).toBe(hour);
    expect(step(made, "packages of web1 again")).toMatchObject({
      needs: ["idle packages of web1 again"],
      timeout: hour,
    });
    expect(step(made, "idle packages of web1 again")).toMatchObject({ needs: [], timeout: hour });
    expect(step(made, "idle packages of web1").timeout).toBe(90_000);
  });

  it("asks the ring once more when all packages of a wave are there, before any node of it goes", () => {
    const made = plan({ ring: ["db1", "db2"] });
    for (const host of ["db1", "db2"]) {
      const still = `ring before cassandra@${host} still`;
      expect(ancestors(made, still)).toContain(`packages of ${host}`);
      expect(ancestors(made, `send away cassandra@${host}`)).toContain(still);
      // What is not seen whole keeps nodes from being restarted, on their way back too.
      const again = step(made, `restart cassandra@${host} again`).rescues;
      expect(again).toContain(`ready cassandra@${host}`);
      expect(again).not.toContain(still);
      expect(again).not.toContain(`packages of ${host}`);
      expect(step(made, `packages of ${host} again`).rescues).toContain(still);
    }
  });

  it("asks a few instances of other services between batches, in turn, and all of them at the end", () => {
    const hosts = Array.from({ length: 30 }, (_, index) => `web${index + 1}`);
    const edges = Array.from({ length: 9 }, (_, index) => `edge${index + 1}`);
    const wide = deploymentOf({ hub: hosts, haproxy: edges });
    const made = planPackages(
      requestFor(wide, [service("hub"), service("haproxy")], {
        instances: [],
        observed: new Map(wide.instances.map(({ name }) => [name, { state: "running", identity: "1" }])),
      }),
      {
        batches: hosts.map(host => [{ host, changes: [openssl] }]),
        ring: [],
        smoke,
        wholeRound: false,
        restartAll: false,
        allowLoss: false,
        direction: "forward",
      },
    );
    const asked = (number: number): string[] =>
      ids(made).filter(id => id.startsWith(`smoke ${number} front `));
    expect(asked(1)).toHaveLength(4);
    expect(new Set([1, 2, 3].flatMap(asked).map(id => id.split("@")[1])).size).toBe(9);
    expect(asked(hosts.length)).toHaveLength(9);
  });

  it("has a batch in hand from the first thing that it takes or installs, and pauses between batches, hosts counted", () => {
    const made = plan({ batches: [["web1", "web2"], ["web3"]] });
    const stages = made.steps.flatMap(({ id, stage, inHand }) =>
      stage === undefined ? [] : [[id, stage, inHand]],
    );
    expect(stages).toEqual([
      ["idle packages of web1", "web1", undefined],
      ["idle packages of web2", "web1", undefined],
      ["idle packages of web3", "web3", undefined],
    ]);
    const others = made.steps.filter(({ inHand }) => inHand === undefined).map(({ kind }) => kind);
    expect([...new Set(others)]).toEqual(["bring packages", "packages"]);
    // Either all of a batch is begun or nothing: nobody else changes packages on any of its hosts by then.
    expect(ancestors(made, "take out hub@web1 at haproxy@edge")).toContain("idle packages of web2");
  });

  it("asks all smoke tests of everything when all batches are through and the versions are to be written down", () => {
    const made = plan({ batches: [["web1"]], wholeRound: true });
    expect(ids(made).filter(id => id.startsWith("smoke 0"))).toEqual([
      "smoke 0 front haproxy@edge",
      "smoke 0 own hub@web1",
      "smoke 0 own hub@web2",
      "smoke 0 own hub@web3",
    ]);
    expect(ancestors(made, "smoke 0 own hub@web3")).toContain("smoke 1 own hub@web1");
  });

  it("keeps other deployments on the machines from changing packages at the same time", () => {
    expect(plan({ batches: [["web1"]] }).shared).toBe(true);
  });

  it("begins no batch, however hosts are cut, before all of the one before was seen well", () => {
    const hosts = ["web1", "web2", "web3", "edge"];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(hosts, { minLength: 1 }),
        fc.integer({ min: 1, max: 4 }),
        (chosen, size) => {
          const batches = Array.from({ length: Math.ceil(chosen.length / size) }, (_, index) =>
            chosen.slice(index * size, (index + 1) * size),
          );
          const made = plan({ batches });
          for (const [index, batch] of batches.entries()) {
            const earlier = batches.slice(0, index).flat();
            const ownInHand = new Set(batch.map(host => step(made, `packages of ${host}`).inHand));
            expect(ownInHand.size).toBe(1);
            for (const host of batch) {
              const before = ancestors(made, `idle packages of ${host}`);
              for (const other of earlier) expect(before).toContain(`packages of ${other}`);
              expect(before.filter(id => id.endsWith(" again"))).toEqual([]);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
