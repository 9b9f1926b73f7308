import { describe, expect, it } from "vitest";
import {
  batchesOfHosts,
  emptiedByHosts,
  keptApart,
  togetherInWaves,
} from "../../../../src/services/release/packages/batches.ts";
import { decidePackages, type PackageSight } from "../../../../src/services/release/packages/decide.ts";
import type {
  PackageChange,
  SeenChanges,
  SeenSystem,
} from "../../../../src/services/release/packages/model.ts";

const openssl: PackageChange = {
  name: "openssl",
  architecture: "amd64",
  was: "amd64",
  from: "3.0.17",
  to: "3.0.18",
  automatic: false,
  before: "file",
};
const nothing = { changes: [], removed: [], keptBack: [], newer: [], missing: [], absent: [] };
const system = "debian bookworm amd64";

function seen(host: string, more: Partial<SeenSystem & SeenChanges> = {}): PackageSight {
  const reboot = { required: false, running: "6.1.0-30", newest: "6.1.0-30" };
  return { host, seen: { system, held: [], unfinished: [], reboot, ...nothing, ...more } };
}

describe("who changes which packages", () => {
  it("is every host that apt has something for", () => {
    expect(decidePackages([seen("web1", { changes: [openssl] }), seen("web2")])).toEqual({
      changes: [{ host: "web1", changes: [openssl] }],
      unchanged: ["web2"],
      problems: [],
      absentEverywhere: [],
      notes: [],
    });
  });

  it("names packages that no host has, and hosts that lack some", () => {
    const { absentEverywhere, notes } = decidePackages([
      seen("web1", { absent: ["opnessl", "nginx-light"] }),
      seen("web2", { absent: ["opnessl"] }),
      { host: "web3", why: "silent" },
    ]);
    expect(absentEverywhere).toEqual(["opnessl"]);
    expect(notes).toContainEqual({ host: "web1", note: "not there: opnessl, nginx-light" });
  });

  it("says why nothing can go back where packages would not go together", () => {
    const stuck = "a : Depends: b (= 1.0) but 2.0 is to be installed";
    const { notes } = decidePackages([seen("web1", { changes: [{ ...openssl, before: undefined }], stuck })]);
    expect(notes).toEqual([
      { host: "web1", note: `no way back, since packages would not go together (${stuck}): openssl` },
    ]);
  });

  it("is nobody where a host does not answer, was interrupted, or would lose a package", () => {
    const { problems } = decidePackages([
      { host: "web1", why: "unreachable: connection refused" },
      seen("web2", { unfinished: ["The following packages are only half configured"] }),
      seen("web3", { changes: [openssl], removed: ["nginx-light"] }),
    ]);
    expect(problems).toEqual([
      "web1: unreachable: connection refused",
      expect.stringMatching(/^web2: dpkg was interrupted there: sudo dpkg --configure -a/),
      "web3: apt would remove nginx-light, and smc removes no package",
    ]);
  });

  it("says what stays, what is new, what has no way back and who waits for a reboot", () => {
    const { notes } = decidePackages([
      seen("web1", {
        held: ["haproxy"],
        keptBack: ["haproxy", "rude"],
        newer: ["curl 8"],
        changes: [
          openssl,
          { ...openssl, name: "libnew", from: undefined, automatic: true, before: undefined },
          { ...openssl, name: "libssl3", before: undefined },
        ],
        reboot: { required: true, running: "6.1.0-30", newest: "6.1.0-40" },
      }),
      seen("web2", { reboot: { required: true, running: "6.1.0-30", newest: undefined } }),
    ]);
    expect(notes.map(({ host, note }) => `${host}: ${note}`)).toEqual([
      "web1: held, and left alone: haproxy",
      "web1: left alone, since apt would have to remove something for them: rude",
      "web1: left alone, since they are newer there: curl 8",
      "web1: new, since others need them: libnew 3.0.18",
      "web1: no way back, since nobody offers the version before any more: libssl3",
      "web1: waits for a reboot: it runs the kernel 6.1.0-30 and has 6.1.0-40",
      "web2: waits for a reboot, as its distribution says",
    ]);
  });

  it("is, with pins, nobody who would get anything else", () => {
    const pins = new Map([[system, new Map([["openssl", "3.0.18"]])]]);
    expect(decidePackages([seen("web1", { changes: [openssl] })], pins).problems).toEqual([]);
    const along = { ...openssl, name: "libssl3" };
    const { problems } = decidePackages(
      [
        seen("web1", { changes: [openssl, along] }),
        seen("web2", { missing: ["openssl 3.0.18"] }),
        seen("web3", { system: "ubuntu noble amd64" }),
      ],
      pins,
    );
    expect(problems).toEqual([
      "web1: libssl3 3.0.18 would come along, and it is not what was tried",
      "web2: no repository there offers openssl 3.0.18",
      `web3: nothing was tried on ubuntu noble amd64: the file is of ${system}`,
    ]);
  });
});

describe("a batch of hosts", () => {
  it("begins with who serves nobody, and ends with machines that carry VMs, each alone", () => {
    const changes = ["metal1", "web1", "metal2", "web2", "idle"].map(host => ({ host }));
    const running = new Set(["web1", "web2", "metal1"]);
    const carriers = new Set(["metal1", "metal2"]);
    const batches = batchesOfHosts(changes, { size: 2, running, carriers, apart: () => false });
    expect(batches.map(batch => batch.map(({ host }) => host))).toEqual([
      ["idle", "web1"],
      ["web2"],
      ["metal1"],
      ["metal2"],
    ]);
  });

  const proxies = [
    { proxy: "haproxy@edge", service: "hub", servers: new Set(["hub0@web1", "hub1@web1", "hub@web2"]) },
  ];
  const running = new Map([
    ["hub0@web1", "web1"],
    ["hub1@web1", "web1"],
    ["hub@web2", "web2"],
  ]);

  it("may not hold all hosts with the servers of a proxy that run", () => {
    expect(emptiedByHosts([["web1"], ["web2"]], proxies, running)).toEqual([]);
    expect(emptiedByHosts([["web1", "web2"]], proxies, running)).toEqual([
      "haproxy@edge has 3 of hub that run, all on hosts that would go at once",
    ]);
    expect(emptiedByHosts([["web1"]], proxies, new Map([["hub0@web1", "web1"]]))).toHaveLength(1);
  });

  it("loses nothing where none runs", () => {
    expect(emptiedByHosts([["web1", "web2"]], proxies, new Map())).toEqual([]);
  });
});

describe("hosts that must not go at once", () => {
  const hosts = ["edge1", "edge2", "web1", "web2"];
  const running = new Map([
    ["haproxy@edge1", "edge1"],
    ["haproxy@edge2", "edge2"],
    ["hub@web1", "web1"],
    ["hub@web2", "web2"],
  ]);
  const behind = (proxy: string) => ({ proxy, service: "hub", servers: new Set(["hub@web1", "hub@web2"]) });
  const apart = keptApart([behind("haproxy@edge1"), behind("haproxy@edge2")], running);
  const cut = (names: readonly string[], size: number) =>
    batchesOfHosts(
      names.map(host => ({ host, changes: [] })),
      { size, running: new Set(names), carriers: new Set(), apart },
    ).map(batch => batch.map(({ host }) => host));

  it("are a proxy with one of its servers, and two proxies", () => {
    expect(cut(hosts, 4)).toEqual([["edge1"], ["edge2"], ["web1", "web2"]]);
    expect(cut(["web1", "edge1", "web2"], 2)).toEqual([["web1"], ["edge1"], ["web2"]]);
    expect(cut(["web1", "web2", "web3"], 2)).toEqual([["web1", "web2"], ["web3"]]);
  });

  it("are no matter where the proxy does not run", () => {
    const stopped = new Map([...running].filter(([name]) => !name.startsWith("haproxy")));
    const free = keptApart([behind("haproxy@edge1")], stopped);
    expect(free("edge1", "web1")).toBe(false);
  });

  it("are named where a wave of the ring would take them together", () => {
    expect(togetherInWaves([["web1", "web2"], ["edge1"]], apart)).toEqual([]);
    expect(togetherInWaves([["web1", "edge1"]], apart)).toEqual([
      expect.stringMatching(/^web1 and edge1 would go at once/),
    ]);
  });
});
