import { describe, expect, it } from "vitest";
import { imageName, packagesOf, recipeHash } from "../../../src/machines/build-image.ts";
import { planImageBuild } from "../../../src/machines/planners/image-build.ts";
import {
  familyOf,
  imagesToPrune,
  planImagePrune,
  planImagePush,
} from "../../../src/machines/planners/image-push.ts";
import type { ImageRecipe } from "../../../src/inventory/model.ts";
import { parsePlan } from "../../../src/plan/check.ts";
import { onceFor } from "../../../src/services/once.ts";
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
const push = () =>
  planImagePush({
    ...request,
    image: "salvus-2026-01-02-0304",
    source: "/here/salvus-2026-01-02-0304",
    here: hostTarget(22, { name: "here", kind: "local" }),
    receivers: ["cloud1", "cloud2"].map(name => ({ target: hostTarget(22, { name }), shell: "ssh -p 22" })),
  });

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
