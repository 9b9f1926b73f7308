import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SeenSystem, SeenSystems } from "../../src/machines/kept.ts";
import { batchVms, emptiedByVms } from "../../src/machines/release-batches.ts";
import { chooseImages, mayHave } from "../../src/machines/release-images.ts";
import {
  decideAnew,
  decideBack,
  decideDiscard,
  tightMachines,
  type MachineSights,
} from "../../src/machines/release.ts";
import { vmsOf } from "../../src/machines/vm.ts";
import { stormDeployment } from "./vms.ts";

const vms = vmsOf(stormDeployment());
const NAMES = vms.map(({ name }) => name);
const IMAGES = ["salvus-1", "salvus-2", "salvus-3"];
const overlay = (image: string, used = 100) => ({ base: `/var/lib/smc/images/${image}/root.img`, used });
const system = (more: Partial<SeenSystem> = {}): SeenSystem => ({
  state: "running",
  overlay: overlay("salvus-1"),
  kept: undefined,
  note: undefined,
  ...more,
});
const kept = (state: "begun" | "done"): Partial<SeenSystem> => ({
  kept: overlay("salvus-1"),
  note: { image: "salvus-2", at: "2026", state },
});

/** What machines tell, each of all VMs that are asked for and of the same images. */
function sights(
  systems: Readonly<Record<string, SeenSystem>>,
  more: Partial<SeenSystems> = {},
): MachineSights {
  const images = new Map(IMAGES.map(image => [image, image.repeat(2)]));
  const seen: SeenSystems = { free: 1000, images, vms: new Map(Object.entries(systems)), ...more };
  return new Map(["cloud1", "cloud2", "cloud3"].map(name => [name, seen]));
}

const all = (one: SeenSystem): Record<string, SeenSystem> =>
  Object.fromEntries(NAMES.map(name => [name, one]));
const to = (image: string) => new Map(NAMES.map(name => [name, image]));

describe("who is made anew", () => {
  it("is who lies over another image, and who was begun, whatever that one is by now", () => {
    const machines = sights({
      ...all(system({ overlay: overlay("salvus-2") })),
      db1: system(),
      db2: system({ ...kept("begun"), state: "shut off", overlay: undefined }),
      db3: system({ ...kept("begun"), overlay: overlay("salvus-2") }),
    });
    const { changes, unchanged, problems } = decideAnew(vms, machines, to("salvus-2"));
    expect(changes.map(({ name }) => name)).toEqual(["db1", "db2", "db3"]);
    expect([unchanged.map(({ name }) => name), problems]).toEqual([["web1"], []]);
  });

  it.each([
    [system({ state: "foreign" }), "is no VM of this deployment"],
    [system({ state: "unknown" }), "does not say what it is"],
    [system({ overlay: undefined }), "was never made"],
    [system({ overlay: { base: "-", used: 0 } }), "nobody knows what its system lies over"],
    [system({ state: "shut off" }), "so that it can be seen to work before"],
    [system({ ...kept("done"), overlay: overlay("salvus-3") }), "kept aside still"],
  ])("is nobody of whom something is unclear: %j", (one, why) => {
    const { changes, problems } = decideAnew(vms.slice(0, 1), sights({ db1: one }), to("salvus-2"));
    expect([changes, problems]).toEqual([[], [expect.stringContaining(why)]]);
  });

  it("is told for a machine once, that does not answer", () => {
    const machines = new Map([...sights(all(system()))].map(([name]) => [name, { why: "unreachable" }]));
    const { problems } = decideAnew(vms, machines, to("salvus-2"));
    expect(problems).toEqual(["cloud1: unreachable", "cloud2: unreachable", "cloud3: unreachable"]);
  });

  it("is every VM in one of three places, and only what goes back or on has something kept", () => {
    const one = fc.record({
      state: fc.constantFrom("running", "shut off", "unknown", "foreign", "paused"),
      overlay: fc.option(
        fc.constantFrom(...IMAGES).map(image => overlay(image)),
        { nil: undefined },
      ),
      kept: fc.option(
        fc.constantFrom(...IMAGES).map(image => overlay(image)),
        { nil: undefined },
      ),
      note: fc.option(
        fc.record({
          image: fc.constantFrom(...IMAGES),
          at: fc.constant("t"),
          state: fc.constantFrom("begun" as const, "done" as const),
        }),
        { nil: undefined },
      ),
    });
    const systems = fc.record(Object.fromEntries(NAMES.map(name => [name, one])));
    fc.assert(
      fc.property(systems, drawn => {
        const machines = sights(drawn);
        for (const decide of [
          () => decideAnew(vms, machines, to("salvus-2")),
          () => decideBack(vms, machines),
          () => decideDiscard(vms, machines),
        ]) {
          const { changes, unchanged, problems } = decide();
          const placed = new Set([...changes, ...unchanged].map(({ name }) => name));
          for (const name of NAMES)
            expect(placed.has(name) || problems.some(line => line.startsWith(name))).toBe(true);
          for (const { name } of changes) expect(["unknown", "foreign"]).not.toContain(drawn[name]?.state);
        }
        // What was seen well and is kept is never overwritten by the way.
        for (const { name } of decideAnew(vms, machines, to("salvus-2")).changes)
          expect(drawn[name]?.kept === undefined || drawn[name].note?.state === "begun").toBe(true);
        for (const { name } of decideDiscard(vms, machines).changes)
          expect(drawn[name]?.note?.state).toBe("done");
        for (const { name } of decideBack(vms, machines).changes) expect(drawn[name]?.kept).toBeDefined();
      }),
    );
  });
});

describe("the room of a machine", () => {
  it("is asked for what its VMs take now, all of them, but for what was begun", () => {
    const machines = sights(all(system({ overlay: overlay("salvus-1", 600) })));
    // db1 and web1 are on cloud1.
    expect(tightMachines(vms, machines)).toEqual([
      expect.stringContaining("cloud1 has 1000B free; what its VMs are takes 1.2KB"),
    ]);
    const begun = sights({
      ...all(system({ overlay: overlay("salvus-1", 600) })),
      db1: system({ ...kept("begun"), overlay: overlay("salvus-2", 900) }),
    });
    expect(tightMachines(vms, begun)).toEqual([]);
  });
});

describe("the image of a VM", () => {
  const here = new Map([["salvus-4", "4"]]);
  const machines = sights(all(system()));

  it("is the newest that the services file lets it have, also of those that are only here", () => {
    const { ofVm, sums, lacking, problems } = chooseImages(vms, { machines, here, wanted: "newest" });
    expect(new Set(ofVm.values())).toEqual(new Set(["salvus-4"]));
    expect([sums.get("salvus-4"), lacking.get("salvus-4"), problems]).toEqual([
      "4",
      ["cloud1", "cloud2", "cloud3"],
      [],
    ]);
  });

  it.each([
    [
      ["other-1"],
      new Map<string, string>(),
      "the services file lets it have newest salvus-*, and not other-1",
    ],
    [["salvus-9"], new Map<string, string>(), "cloud1 lacks the image salvus-9, which was not built here"],
    [["salvus-2"], new Map([["salvus-2", "another"]]), "cloud1 has another salvus-2, of other content"],
  ])("is none that cannot be had as it is: %j", (wanted, own, why) => {
    const { problems } = chooseImages(vms, { machines, here: own, wanted });
    expect(problems.join("\n")).toContain(why);
  });

  it("is named or matched in the services file", () => {
    const [vm] = vms;
    if (vm === undefined) throw new Error("no VM");
    const named = { ...vm, settings: { ...vm.settings, image: "salvus-2" } };
    expect([
      mayHave(vm, "salvus-7"),
      mayHave(vm, "other-7"),
      mayHave(named, "salvus-2"),
      mayHave(named, "salvus-7"),
    ]).toEqual([true, false, true, false]);
  });
});

describe("batches of VMs", () => {
  it("hold every VM once, nodes of the ring last and in its waves, others no more than so many", () => {
    const drawn = fc.record({
      size: fc.integer({ min: 1, max: 5 }),
      waves: fc.constantFrom([], [["db1"], ["db2"]], [["db1", "db3"], ["db2"]], [["db2"]]),
    });
    fc.assert(
      fc.property(drawn, ({ size, waves }) => {
        const batches = batchVms(vms, { size, waves }).map(batch => batch.map(({ name }) => name));
        expect(batches.flat().toSorted()).toEqual(NAMES.toSorted());
        const others = batches.slice(0, batches.length - waves.length);
        for (const batch of others) expect(batch.length).toBeLessThanOrEqual(size);
        expect(batches.slice(others.length)).toEqual(waves);
      }),
    );
  });

  const instances = NAMES.map(name => ({ name: `hub@${name}`, host: name, service: "hub" }));
  const proxies = [
    { proxy: "haproxy@cloud1", service: "hub", servers: new Set(instances.map(({ name }) => name)) },
  ];
  const emptied = (size: number, running: readonly string[]) =>
    emptiedByVms(batchVms(vms, { size, waves: [] }), {
      proxies,
      running: new Set(running),
      instances,
    });

  it("leave every proxy a server that runs, where one runs", () => {
    const running = fc.subarray(instances.map(({ name }) => name));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), running, (size, up) => {
        const batches = batchVms(vms, { size, waves: [] });
        const takesAll = batches.some(
          batch => up.length > 0 && up.every(name => batch.some(vm => name === `hub@${vm.name}`)),
        );
        expect(emptied(size, up).length > 0).toBe(takesAll);
      }),
    );
  });
});
