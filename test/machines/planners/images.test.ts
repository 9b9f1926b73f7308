import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageName, packagesOf, recipeHash } from "../../../src/machines/build-image.ts";
import { planImageBuild } from "../../../src/machines/planners/image-build.ts";
import {
  familyOf,
  imagesToPrune,
  planImagePrune,
  planImagePush,
} from "../../../src/machines/planners/image-push.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../../src/engine/performer.ts";
import type { ImageRecipe } from "../../../src/inventory/model.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import type { Action, Step } from "../../../src/plan/model.ts";
import { onceFor } from "../../../src/services/once.ts";
import { step } from "../../helpers/plan.ts";
import { attempt } from "../../helpers/simulated-world.ts";
import { sourcesOf } from "../../../src/machines/planners/image-pass.ts";
import { descriptionsOf } from "../../../src/services/registry.ts";
import { hostTarget } from "../../transport/ssh/ssh-site.ts";
import { stormDeployment } from "../vms.ts";

const RECIPE: ImageRecipe = {
  name: "salvus",
  release: "bookworm",
  mirror: undefined,
  packages: ["nginx-light"],
  files: [{ path: "/etc/motd", content: "hello\n", mode: 0o644 }],
  commands: ["systemctl disable nginx"],
  checks: ["nginx -V 2>&1 | grep -q http_rewrite"],
  size: 4 * 1024 ** 3,
};
const NOW = new Date("2026-01-02T03:04:05Z");
const deployment = stormDeployment();
const request = {
  deployment,
  once: onceFor(deployment),
  descriptions: descriptionsOf(deployment),
  stateDirectory: "/state",
  siteDirectory: "/site",
  command: ["image", "build", "salvus"],
  instances: [],
  parallel: undefined,
  keepGoing: false,
  observed: new Map(),
  now: NOW,
  timeout: undefined,
};
const build = (recipe: ImageRecipe = RECIPE) =>
  planImageBuild({ ...request, recipe, at: hostTarget(22), runAs: "root", folder: "/images" });
const receiver = (name: string, dc: string | undefined = "DC0") => ({
  target: hostTarget(22, { name }),
  shell: "ssh -p 22",
  address: `vpn-of-${name}`,
  dc,
});
const push = (words: { names?: string[]; passOn?: boolean } = {}) =>
  planImagePush({
    ...request,
    image: "salvus-2026-01-02-0304",
    source: "/here/salvus-2026-01-02-0304",
    here: hostTarget(22, { name: "here", kind: "local" }),
    receivers: (words.names ?? ["cloud1", "cloud2"]).map(name => receiver(name)),
    sums: "a".repeat(64),
    passOn: words.passOn ?? true,
  });

/** In which nothing is done yet, and every step succeeds but for one. An operator interrupts the run while a step works. */
class DoorWorld implements Performer {
  readonly performed: string[] = [];
  readonly interrupt = new AbortController();
  readonly #words: { broken?: string; interruptAt?: string };

  constructor(words: { broken?: string; interruptAt?: string }) {
    this.#words = words;
  }

  async perform({ id, undo }: Step, action: Action): Promise<ActionResult> {
    this.performed.push(action === undo ? `undo ${id}` : id);
    if (id === this.#words.interruptAt) this.interrupt.abort();
    await Promise.resolve();
    return id === this.#words.broken ? { kind: "failed", reason: "as told" } : { kind: "changed" };
  }

  ask(): Promise<ProbeAnswer> {
    return Promise.resolve({ holds: "no", evidence: "not yet" });
  }
}

describe("an image", () => {
  it("is called by its recipe and the minute of its making, so that the last by name is the newest", () => {
    const times = [
      "2026-01-02T03:04:05Z",
      "2026-01-02T23:00:00Z",
      "2026-11-02T00:00:00Z",
      "2027-01-01T00:00:00Z",
    ];
    const names = times.map(time => imageName(RECIPE, new Date(time)));
    expect(names[0]).toBe("salvus-2026-01-02-0304");
    expect(names.toSorted()).toEqual(names);
    expect(names.map(familyOf)).toEqual(Array(4).fill("salvus"));
    expect(familyOf("by-hand")).toBe("by-hand");
  });

  it("has a kernel of its distribution, and what a VM of smc needs", () => {
    expect(packagesOf(RECIPE)).toEqual(
      expect.arrayContaining(["linux-image-cloud-amd64", "cloud-init", "nginx-light"]),
    );
    expect(packagesOf({ ...RECIPE, release: "noble" })).toContain("linux-image-virtual");
  });

  it("is known by all of its recipe", () => {
    const changes: Partial<ImageRecipe>[] = [
      { packages: [] },
      { commands: [] },
      { checks: [] },
      { files: [] },
      { size: 1 },
    ];
    const hashes = [{}, ...changes].map(change => recipeHash({ ...RECIPE, ...change }));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(recipeHash({ ...RECIPE })).toBe(hashes[0]);
  });
});

describe("the building of an image", () => {
  it("is data, each step when the one before has succeeded, as root", () => {
    const plan = build();
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    const [first, ...rest] = plan.steps;
    expect(first).toMatchObject({ id: "bootstrap", needs: [] });
    rest.forEach((step, index) => expect(step.needs).toEqual([plan.steps[index]?.id]));
    for (const { action } of plan.steps) {
      const who =
        action.kind === "wait" && action.probe.kind === "command"
          ? action.probe.runAs
          : "runAs" in action && action.runAs;
      expect(who).toBe("root");
    }
  });

  it("names the image only at its end, when every check held", () => {
    const { steps } = build();
    const naming = steps.filter(({ action }) =>
      JSON.stringify(action).includes('"/images/salvus-2026-01-02-0304"'),
    );
    expect(naming.map(({ id }) => id)).toEqual(["finish"]);
    expect(steps.at(-1)?.id).toBe("finish");
    const checks = steps.filter(({ action }) => action.kind === "wait").map(({ title }) => title);
    expect(checks).toEqual([
      "check: no private key and no password is inside",
      "check: nginx -V 2>&1 | grep -q http_rewrite",
    ]);
  });
});

describe("the push of an image", () => {
  it("goes to every machine by itself, and gives a name only to what was checked there", () => {
    const plan = push();
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    expect(plan.onFailure).toBe("continue");
    const send = plan.steps.find(({ id }) => id === "send to cloud2");
    expect(send).toMatchObject({ host: "here", needs: ["prepare cloud2"] });
    const argv = send?.action.kind === "run" ? send.action.argv : [];
    expect(argv.slice(-2)).toEqual([
      "/here/salvus-2026-01-02-0304/",
      "cloud2:/var/lib/smc/images/.salvus-2026-01-02-0304/",
    ]);
    expect(argv).toEqual(expect.arrayContaining(["--sparse", "--partial", "ssh -p 22", "sudo -n rsync"]));
    expect(plan.steps.find(({ id }) => id === "accept on cloud2")?.needs).toEqual(["send to cloud2"]);
  });
});

describe("an image that machines pass on", () => {
  const names = Array.from({ length: 9 }, (_, index) => `m${index}`);

  it("comes to twice as many in every round, from one that has it, and to the first of each data centre from here", () => {
    const sources = sourcesOf([
      ...names.map(name => receiver(name)),
      receiver("far1", "DC1"),
      receiver("far2", "DC1"),
    ]);
    expect(Object.fromEntries([...sources].map(([name, { target }]) => [name, target.name]))).toEqual({
      m1: "m0",
      m2: "m0",
      m3: "m1",
      m4: "m0",
      m5: "m1",
      m6: "m2",
      m7: "m3",
      m8: "m0",
      far2: "far1",
    });
  });

  it("has nobody wait for a machine that gets it later, and none serve two at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), count => {
        const group = Array.from({ length: count }, (_, index) => `m${index}`);
        const plan = push({ names: group });
        const sources = sourcesOf(group.map(name => receiver(name)));
        expect(sources.size).toBe(count - 1);
        for (const [name, { target }] of sources) {
          expect(group.indexOf(target.name)).toBeLessThan(group.indexOf(name));
          expect(step(plan, `fetch to ${name}`).turn).toEqual({ group: `from ${target.name}` });
          expect(step(plan, `token of ${target.name} for ${name}`).needs).toContain(`open ${target.name}`);
          expect(step(plan, `open ${target.name}`).needs).toEqual([`accept on ${target.name}`]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("is read over a door that is open to the receivers alone, and closed however they fared", () => {
    const plan = push({ names: ["m0", "m1", "m2"] });
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    const open = JSON.stringify(step(plan, "open m0").action);
    expect(open).toContain('"873","","vpn-of-m1","vpn-of-m2"');
    const close = step(plan, "close m0");
    expect(close.after).toEqual(["open m0", "fetch to m1", "fetch to m2"]);
    expect(close.needs).toEqual([]);
    expect(step(plan, "open m0").undo).toEqual(close.action);
  });

  it("is read by nobody any more after an interrupt, when what was under way has ended", async () => {
    const plan = push({ names: ["m0", "m1", "m2"] });
    const performed = async (interruptAt: string): Promise<string[]> => {
      const world = new DoorWorld({ interruptAt });
      const { outcome } = await attempt(plan, world, { drain: world.interrupt.signal });
      expect(outcome.kind).toBe("interrupted");
      return world.performed;
    };
    for (const at of ["open m0", "token of m0 for m1", "fetch to m1"]) {
      const steps = await performed(at);
      expect(steps).toContain(at);
      expect(steps.indexOf("close m0")).toBeGreaterThan(steps.indexOf(at));
    }
    expect(await performed("fetch to m1")).not.toContain("fetch to m2");
    expect(await performed("accept on m0")).not.toContain("close m0");
  });

  it("is read by nobody where the door was opened half", async () => {
    const world = new DoorWorld({ broken: "open m0" });
    await attempt(push({ names: ["m0", "m1"] }), world);
    expect(world.performed).toContain("close m0");
  });

  it("comes from here where the way between machines fails: what did not arrive is sent, and the checksums are those of here", () => {
    const plan = push();
    expect(step(plan, "fetch to cloud2").needs).toEqual(["prepare cloud2"]);
    expect(step(plan, "send to cloud2")).toMatchObject({
      needs: ["prepare cloud2"],
      after: ["fetch to cloud2"],
    });
    expect(JSON.stringify(step(plan, "accept on cloud2").action)).toContain("a".repeat(64));
  });

  it("is sent to all from here where that is asked for", () => {
    const kinds = push({ passOn: false }).steps.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["push image"]));
    expect(kinds).toHaveLength(6);
  });
});

describe("the images of a machine", () => {
  const images = [
    "a-2026-01-01-0000",
    "a-2026-01-03-0000",
    "b-2026-01-01-0000",
    "a-2026-01-02-0000",
    "by-hand",
  ];

  it("are pruned but for the newest of each recipe and those that a VM lies over", () => {
    expect(imagesToPrune(images, { used: new Set(), keep: 1 })).toEqual([
      "a-2026-01-01-0000",
      "a-2026-01-02-0000",
    ]);
    expect(imagesToPrune(images, { used: new Set(["a-2026-01-01-0000"]), keep: 1 })).toEqual([
      "a-2026-01-02-0000",
    ]);
    expect(imagesToPrune(images, { used: new Set(), keep: 0 })).toHaveLength(5);
    expect(imagesToPrune(images, { used: new Set(), keep: 3 })).toEqual([]);
  });

  it("are looked at again before they go", () => {
    const [step] = planImagePrune({ ...request, images: [{ target: hostTarget(22), names: ["a-1"] }] }).steps;
    expect(JSON.stringify(step?.action)).toContain("lies over it: it stays");
  });
});
