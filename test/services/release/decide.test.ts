import { describe, expect, it } from "vitest";
import { batchesOf, emptiedProxies } from "../../../src/services/release/batches.ts";
import { decideBack, decideForward, type Sight } from "../../../src/services/release/decide.ts";
import { placesOf, type Place } from "../../../src/services/release/places.ts";
import type { SeenPlace } from "../../../src/services/release/scripts.ts";
import { planInstance } from "../../../src/services/planners/planned-instance.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const hosts = ["web1", "web2", "web3"];
const software = {
  kind: "artefact",
  folder: "/opt/smc/hub",
  artefact: { name: "hub", version: "1", source: { kind: "folder", path: "/hub" } },
} as const;
const places = placesAt(software);

function placesAt(value: typeof software): Place[] {
  const deployment = deploymentOf({ hub: hosts });
  const request = requestFor(deployment, [service("hub", { rendered: { software: value } })]);
  return placesOf(deployment.instances.map(instance => planInstance(request, instance)));
}

const seen = (more: Partial<SeenPlace>): SeenPlace => ({
  current: "1",
  previous: undefined,
  note: undefined,
  archives: new Map([
    ["1", "a"],
    ["2", "b"],
  ]),
  ...more,
});
const at = "2026-01-02T03:04:05Z";
const note = (version: string, state: "begun" | "back" | "done" = "done") => ({ version, at, state });
const sights = (...all: readonly (SeenPlace | string)[]): Sight[] =>
  all.flatMap((value, index) => {
    const place = places[index];
    if (place === undefined) return [];
    return [typeof value === "string" ? { place, why: value } : { place, seen: value }];
  });
const two = { version: "2", sha256: "b" };

describe("who goes to a version", () => {
  it("is every place where no release of it has come to its end", () => {
    const { changes, unchanged, problems } = decideForward(
      sights(
        seen({}),
        seen({ current: "2", previous: "1", note: note("2") }),
        seen({ current: "2", previous: "1", note: note("2", "begun") }),
      ),
      two,
    );
    expect(problems).toEqual([]);
    expect(unchanged.map(({ id }) => id)).toEqual(["web2:/opt/smc/hub"]);
    expect(changes.map(({ place, from, previous }) => [place.id, from.version, previous])).toEqual([
      ["web1:/opt/smc/hub", "1", undefined],
      ["web3:/opt/smc/hub", "1", undefined],
    ]);
  });

  it("is a place, too, where the version lies and nobody knows that its programs were restarted with it", () => {
    const { changes } = decideForward(sights(seen({ current: "2" })), two);
    expect(changes).toMatchObject([{ from: { version: "2" }, to: two }]);
  });

  it("never has the way back be a version whose release was begun and not seen well", () => {
    const archives = new Map([
      ["1", "a"],
      ["2", "b"],
      ["3", "c"],
    ]);
    const to = { version: "3", sha256: "c" };
    const begun = { current: "2", note: note("2", "begun"), archives };
    const { changes } = decideForward(
      sights(
        seen({ ...begun, previous: "1" }),
        seen(begun),
        seen({ current: "2", previous: "1", note: note("2"), archives }),
      ),
      to,
    );
    expect(changes.map(({ from, previous, settled }) => [from.version, previous, settled])).toEqual([
      ["1", undefined, false],
      ["2", undefined, false],
      ["2", "1", true],
    ]);
    const back = seen({ current: "1", previous: "0", note: note("1", "back"), archives });
    expect(decideForward(sights(back), to).changes).toMatchObject([
      { from: { version: "1" }, previous: "0", settled: false },
    ]);
  });

  it("keeps what a place could go back to, for when it goes back by itself", () => {
    const archives = new Map([
      ["0", "z"],
      ["1", "a"],
    ]);
    const { changes } = decideForward(sights(seen({ previous: "0", archives })), two);
    expect(changes).toMatchObject([{ from: { version: "1" }, previous: "0" }]);
  });

  it("is refused with every reason at once", () => {
    const { problems } = decideForward(
      sights(
        "no answer",
        seen({
          archives: new Map([
            ["1", "a"],
            ["2", "other"],
          ]),
        }),
        seen({ current: undefined, archives: new Map() }),
      ),
      two,
    );
    expect(problems).toEqual([
      "web1:/opt/smc/hub: no answer",
      expect.stringContaining("web2:/opt/smc/hub has another 2, of other content"),
      "web3:/opt/smc/hub has no version yet: smc start hub",
    ]);
  });
});

describe("who goes back", () => {
  const released = seen({ current: "2", previous: "1", note: note("2") });

  it("is every place of the version, and none that has gone back by itself", () => {
    const back = seen({ current: "1", note: note("1") });
    const { changes, unchanged } = decideBack(sights(released, back, released));
    expect(changes.map(({ place, to }) => [place.lead.host.name, to])).toEqual([
      ["web1", { version: "1", sha256: "a" }],
      ["web3", { version: "1", sha256: "a" }],
    ]);
    expect(unchanged.map(({ lead }) => lead.host.name)).toEqual(["web2"]);
  });

  it("is every place, too, that was on its way back when that was cut off", () => {
    const done = seen({ current: "1", note: note("1") });
    const hosts = ({ changes }: ReturnType<typeof decideBack>) =>
      changes.map(({ place, from, to }) => [place.lead.host.name, from.version, to.version]);
    for (const state of ["back", "begun"] as const) {
      const cut = seen({ current: "1", note: note("1", state) });
      expect(hosts(decideBack(sights(released, cut, done)))).toEqual([
        ["web1", "2", "1"],
        ["web2", "2", "1"],
      ]);
    }
    const cut = seen({ current: "1", note: note("1", "back") });
    expect(hosts(decideBack(sights(cut, done, cut)))).toEqual([
      ["web1", "1", "1"],
      ["web3", "1", "1"],
    ]);
  });

  it("takes a place no further back than it was going by itself", () => {
    const cut = seen({ current: "1", previous: "0", note: note("1", "back") });
    const untouched = seen({ current: "1", previous: "0", note: note("1") });
    const { changes, unchanged } = decideBack(sights(cut, untouched));
    expect(changes).toMatchObject([{ to: { version: "1" } }]);
    expect(unchanged).toHaveLength(1);
  });

  it.each([
    ["nothing was released", [seen({}), seen({}), seen({})]],
    ["places would go to different versions", [released, seen({ current: "2", previous: "0" }), released]],
    ["one is at a third version", [released, seen({ current: "3" }), released]],
    ["one did not answer", [released, "no answer", released]],
  ])("is refused where %s", (_, all) => {
    const { changes, problems } = decideBack(sights(...all));
    expect([changes.length === 0 || problems.length > 0, problems.length > 0]).toEqual([true, true]);
  });

  it("is refused where the version is gone from a host", () => {
    const gone = seen({ current: "2", previous: "1", archives: new Map([["2", "b"]]) });
    expect(decideBack(sights(gone)).problems).toEqual(["web1:/opt/smc/hub has no 1 any more"]);
  });
});

describe("batches", () => {
  const { changes } = decideForward(sights(seen({}), seen({}), seen({})), two);

  const named = (...names: string[]) => new Set(names.map(name => `hub@${name}` as const));
  const all = named(...hosts);
  const of = (...names: string[]) => [
    { proxy: "haproxy@edge", service: "hub", servers: named(...names) } as const,
  ];
  const cut = (size: number, running: ReadonlySet<`hub@${string}`>) =>
    batchesOf(changes, size, running).map(batch => batch.map(({ place }) => place.lead.host.name));
  const emptied = (size: number, behind: ReturnType<typeof of>, running = all) =>
    emptiedProxies(batchesOf(changes, size, running), behind, running);

  it("are of so many places, in their order", () => {
    expect(cut(2, all)).toEqual([["web1", "web2"], ["web3"]]);
  });

  it("begin with what does not run", () => {
    expect(cut(1, named("web1", "web2"))).toEqual([["web3"], ["web1"], ["web2"]]);
    const deployment = deploymentOf({ hub: hosts }, { transport: "local" });
    const request = requestFor(deployment, [service("hub", { rendered: { software } })]);
    const [place] = placesOf(deployment.instances.map(instance => planInstance(request, instance)));
    const { changes: one } = decideForward(place === undefined ? [] : [{ place, seen: seen({}) }], two);
    const order = batchesOf(one, 1, named("web1", "web3"))
      .flat()
      .flatMap(({ place: { instances } }) => instances);
    expect(order.map(({ instance }) => instance.name)).toEqual(["hub@web2", "hub@web1", "hub@web3"]);
    expect(emptiedProxies(batchesOf(one, 1, named("web1")), of("web1", "web2"), named("web1"))).toEqual([]);
    expect(emptiedProxies(batchesOf(one, 1, named("web1")), of("web1"), named("web1"))).toHaveLength(1);
  });

  it("leave every proxy a server", () => {
    expect(emptied(2, of("web1", "web2", "web3"))).toEqual([]);
    expect(emptied(3, of("web1", "web2", "web3"))).toHaveLength(1);
    expect(emptied(2, of("web1", "web2"))).toEqual([
      "haproxy@edge has 2 of hub that run, and 2 places with one of them would go at once",
    ]);
    expect(emptied(1, of("web1", "web2"))).toEqual([]);
  });

  it("leave it one that runs, or that an earlier batch has started", () => {
    const [first, ...rest] = batchesOf(changes, 1, all);
    expect(emptiedProxies(first === undefined ? [] : [first], of("web1", "web2"), named("web1"))).toEqual([
      "haproxy@edge has 1 of hub that run, and 1 places with one of them would go at once",
    ]);
    expect(rest).toHaveLength(2);
    expect(emptied(1, of("web1", "web2"), named("web1"))).toEqual([]);
    expect(emptied(2, of("web1", "web2", "web3"), named("web1"))).toEqual([]);
    expect(emptied(3, of("web1", "web2", "web3"), named())).toEqual([]);
  });
});

describe("places", () => {
  it("are the machine's own on local, where all hosts have one folder", () => {
    const deployment = deploymentOf({ hub: hosts }, { transport: "local" });
    const request = requestFor(deployment, [service("hub", { rendered: { software } })]);
    const all = placesOf(deployment.instances.map(instance => planInstance(request, instance)));
    expect(all.map(({ id, instances }) => [id, instances.length])).toEqual([["/opt/smc/hub", 3]]);
  });

  it("have no room for the database, nor for what smc does not bring", () => {
    const of = (rendered: Parameters<typeof service>[1]) => {
      const deployment = deploymentOf({ hub: ["web1"] });
      const request = requestFor(deployment, [service("hub", rendered)]);
      return () => placesOf(deployment.instances.map(instance => planInstance(request, instance)));
    };
    expect(of({ rendered: { software, ring: { kind: "command", argv: ["x"] } } })).toThrow(
      "has data to mind",
    );
    expect(of({ rendered: { software: { kind: "none" } } })).toThrow("smc does not bring the program of hub");
  });
});
