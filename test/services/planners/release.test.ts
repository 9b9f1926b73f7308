import { describe, expect, it } from "vitest";
import type { SmokeTest } from "../../../src/inventory/model.ts";
import type { Plan } from "../../../src/plan/model.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import { planRelease } from "../../../src/services/planners/release/release.ts";
import { planInstance } from "../../../src/services/planners/planned-instance.ts";
import { batchesOf } from "../../../src/services/release/batches.ts";
import type { PlaceChange } from "../../../src/services/release/decide.ts";
import { placesOf } from "../../../src/services/release/places.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const socket = (send: string) => ({ kind: "socket", socket: "/admin.sock", send, expect: "" }) as const;
const hub = service("hub", {
  rendered: {
    software: {
      kind: "artefact",
      folder: "/opt/smc/hub",
      artefact: { name: "hub", version: "1", source: { kind: "folder", path: "/hub" } },
    },
    traffic: [{ proxy: "haproxy@edge", out: socket("out"), drained: socket("drained"), back: socket("in") }],
  },
});
const deployment = deploymentOf({ hub: ["web1", "web2", "web3"], haproxy: ["edge"] });
const instances = deployment.instances.filter(({ service: name }) => name === "hub");
const smoke: SmokeTest[] = [
  { name: "front", of: "haproxy", question: { kind: "command", command: "curl {host}" }, timeout: 1000 },
  { name: "own", of: "hub", question: { kind: "command", command: "curl {host}" }, timeout: 1000 },
];

function plan(
  words: {
    direction?: "forward" | "back";
    batch?: number;
    observed?: boolean;
    none?: boolean;
    wholeRound?: boolean;
    only?: string;
    settled?: boolean;
  } = {},
): Plan {
  const {
    direction = "forward",
    batch = 1,
    observed = false,
    none = false,
    wholeRound = false,
    only,
    settled = true,
  } = words;
  const identities = observed
    ? new Map([["hub@web1", { state: "running", identity: "before" }]] as const)
    : new Map();
  const request = requestFor(deployment, [hub, service("haproxy")], { instances, observed: identities });
  const going = instances.filter(({ host }) => only === undefined || host === only);
  const changes = placesOf(going.map(instance => planInstance(request, instance))).map(
    (place): PlaceChange => ({
      place,
      from: { version: "1", sha256: "a" },
      to: { version: "2", sha256: "b" },
      settled,
      direction,
      previous: "0",
    }),
  );
  const source = { kind: "archive", path: "/cache/hub.tar", sha256: "b" } as const;
  const artefact = { name: "hub", version: "2", source };
  const made = planRelease(request, {
    batches: none ? [] : batchesOf(changes, batch, new Set()),
    artefacts: direction === "back" ? new Map() : new Map([["hub", artefact]]),
    smoke: direction === "back" ? [] : smoke,
    wholeRound,
  });
  // As a plan that is kept in a file and read again.
  return parsePlan(JSON.stringify(made), "plan");
}

const ids = ({ steps }: Plan): string[] => steps.map(({ id }) => id);

describe("planRelease", () => {
  it("changes no host before all have the whole version", () => {
    const before = ancestors(plan(), "switch web1:/opt/smc/hub");
    for (const host of ["web1", "web2", "web3"]) {
      expect(before).toContain(`whole ${host}:/opt/smc/hub`);
      expect(before).toContain(`install hub 2 in ${host}:/opt/smc/hub, beside`);
    }
  });

  it("takes each instance out, restarts it, and asks the smoke tests before the next batch", () => {
    const made = plan();
    expect(ancestors(made, "restart hub@web1")).toContain("drained hub@web1 at haproxy@edge");
    expect(ancestors(made, "put back hub@web1 at haproxy@edge")).toContain("ready hub@web1");
    const next = ancestors(made, "switch web2:/opt/smc/hub");
    expect(next).toEqual(
      expect.arrayContaining([
        "smoke 1 front haproxy@edge",
        "smoke 1 own hub@web1",
        "note web1:/opt/smc/hub",
        "put back hub@web1 at haproxy@edge",
      ]),
    );
    expect(ids(made)).not.toContain("smoke 1 own hub@web2");
    expect(step(made, "smoke 1 front haproxy@edge").action).toMatchObject({
      probe: { argv: ["curl", deployment.hosts.get("edge")?.address] },
    });
  });

  it("takes all of a batch back when anything of it fails", () => {
    const made = plan({ batch: 2 });
    const { rescues } = step(made, "switch back web2:/opt/smc/hub");
    expect(rescues).toEqual(
      expect.arrayContaining([
        "switch web1:/opt/smc/hub",
        "restart hub@web1",
        "ready hub@web2",
        "smoke 1 front haproxy@edge",
      ]),
    );
    expect(rescues).not.toContain("restart hub@web3");
    expect(ancestors(made, "put back hub@web2 at haproxy@edge again")).toEqual(
      expect.arrayContaining(["restart hub@web2 again", "drained hub@web2 at haproxy@edge again"]),
    );
    expect(ancestors(made, "switch web3:/opt/smc/hub")).not.toContain("switch back web1:/opt/smc/hub");
  });

  it("restarts everybody on the way there, whatever process it is by then", () => {
    const restart = step(plan({ observed: true }), "restart hub@web1");
    expect(restart.done).toBeUndefined();
    expect(restart.action).not.toHaveProperty("previous");
  });

  it("restarts nobody on the way back who still runs as before, and anybody else", () => {
    const made = plan({ observed: true });
    expect(step(made, "restart hub@web1 again").done).toMatchObject({ state: "running", is: "before" });
    expect(step(made, "restart hub@web1 again").action).not.toHaveProperty("previous");
    expect(step(made, "restart hub@web2 again").done).toBeUndefined();
    const unsettled = plan({ observed: true, settled: false });
    expect(step(unsettled, "restart hub@web1 again").done).toBeUndefined();
  });

  it("points a place that goes back by itself at what it was, with the way back that it had", () => {
    const words = (id: string): readonly string[] => {
      const { action } = step(plan(), id);
      return action.kind === "run" ? action.argv.slice(4) : [];
    };
    expect(words("switch web1:/opt/smc/hub")).toEqual([
      "/opt/smc/hub",
      "2",
      "b",
      "1",
      expect.stringMatching(/^2 \S+ begun$/),
    ]);
    expect(words("switch back web1:/opt/smc/hub")).toEqual([
      "/opt/smc/hub",
      "1",
      "a",
      "0",
      expect.stringMatching(/^1 \S+ back$/),
    ]);
  });

  it("notes that a place is what it was only when its instances have been seen well again", () => {
    const made = plan({ batch: 2 });
    const note = step(made, "note web1:/opt/smc/hub again");
    expect(note.action).toMatchObject({
      argv: expect.arrayContaining([expect.stringMatching(/^1 \S+ done$/)]),
    });
    expect(note.rescues).toEqual(step(made, "switch back web1:/opt/smc/hub").rescues);
    expect(ancestors(made, note.id)).toEqual(
      expect.arrayContaining(["ready hub@web1 again", "put back hub@web1 at haproxy@edge again"]),
    );
  });

  it("goes back without bringing anything, asking a smoke test or going forward again", () => {
    const made = ids(plan({ direction: "back" }));
    expect(made.filter(id => /^(install|whole|smoke|switch back)/.test(id))).toEqual([]);
    expect(made).toContain("restart hub@web3");
  });

  it("asks the smoke tests of everything when nothing is left to change", () => {
    expect(ids(plan({ none: true }))).toEqual([
      "smoke 0 front haproxy@edge",
      "smoke 0 own hub@web1",
      "smoke 0 own hub@web2",
      "smoke 0 own hub@web3",
    ]);
  });

  it("asks them once more of everything when all batches are through, and takes none back for that", () => {
    const made = plan({ batch: 3, wholeRound: true });
    const last = made.steps.filter(({ id }) => id.startsWith("smoke 0 "));
    expect(last.map(({ id }) => id)).toEqual([
      "smoke 0 front haproxy@edge",
      "smoke 0 own hub@web1",
      "smoke 0 own hub@web2",
      "smoke 0 own hub@web3",
    ]);
    for (const { id, inHand } of last) {
      expect(ancestors(made, id)).toEqual(
        expect.arrayContaining(["note web1:/opt/smc/hub", "note web3:/opt/smc/hub"]),
      );
      expect(made.steps.some(({ rescues = [] }) => rescues.includes(id))).toBe(false);
      expect(inHand).toBeUndefined();
    }
    expect(ids(plan()).filter(id => id.startsWith("smoke 0 "))).toEqual([]);
  });

  it("asks them of instances, too, of which nothing is changed", () => {
    const made = ids(plan({ only: "web1", wholeRound: true }));
    expect(made).not.toContain("restart hub@web3");
    expect(made).toContain("smoke 0 own hub@web3");
  });

  it("has a batch in hand from its first switch to its note, or to that of what it was before", () => {
    const made = plan({ batch: 2 });
    const inHand = (name: string) => made.steps.filter(step => step.inHand === name).map(({ id }) => id);
    const ofHost = (host: string) => [
      `switch ${host}:/opt/smc/hub`,
      ...["take out", "drained", "put back"].map(word => `${word} hub@${host} at haproxy@edge`),
      ...["restart", "ready", "smoke 1 own"].map(word => `${word} hub@${host}`),
      `note ${host}:/opt/smc/hub`,
      `switch back ${host}:/opt/smc/hub`,
      `restart hub@${host} again`,
      `put back hub@${host} at haproxy@edge again`,
      `note ${host}:/opt/smc/hub again`,
    ];
    expect(inHand("web1:/opt/smc/hub")).toEqual(
      expect.arrayContaining([...ofHost("web1"), ...ofHost("web2"), "smoke 1 front haproxy@edge"]),
    );
    expect(inHand("web3:/opt/smc/hub")).toContain("switch web3:/opt/smc/hub");
    const others = made.steps.filter(step => step.inHand === undefined).map(({ kind }) => kind);
    expect([...new Set(others)]).toEqual(["bring hub"]);
  });

  it("pauses between batches", () => {
    const stages = plan({ batch: 2 }).steps.flatMap(({ id, stage }) =>
      stage === undefined ? [] : [[id, stage]],
    );
    expect(stages).toEqual([
      ["switch web1:/opt/smc/hub", "web1:/opt/smc/hub"],
      ["restart hub@web1", "web1:/opt/smc/hub"],
      ["switch web2:/opt/smc/hub", "web1:/opt/smc/hub"],
      ["restart hub@web2", "web1:/opt/smc/hub"],
      ["switch web3:/opt/smc/hub", "web3:/opt/smc/hub"],
      ["restart hub@web3", "web3:/opt/smc/hub"],
    ]);
  });
});
