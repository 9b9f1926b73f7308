import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Host } from "../../src/inventory/model.ts";
import { hostHead, tincConf, tincUp } from "../../src/vpn/config.ts";
import { dialled, known, nodeName, prefixLength } from "../../src/vpn/network.ts";
import { vpnHost, vpnNetwork } from "./support.ts";

const site = fc
  .array(fc.record({ isPublic: fc.boolean(), on: fc.option(fc.nat(20), { nil: undefined }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map(rows =>
    rows.map(({ isPublic, on }, index) =>
      vpnHost(`h${index}`, {
        ...(isPublic ? { public: `192.0.2.${index}` } : {}),
        ...(on === undefined ? {} : { on: `h${on % rows.length}` }),
      }),
    ),
  );

const names = (hosts: readonly Host[]): string[] => hosts.map(({ name }) => name);

describe("whom a member connects to", () => {
  it("is never itself, and never a host without a public address", () => {
    fc.assert(
      fc.property(site, fc.constantFrom("machines", "hosts"), (hosts, mesh) => {
        for (const host of hosts) {
          const found = dialled(host, hosts, mesh);
          expect(names(found)).not.toContain(host.name);
          expect(found.every(other => other.public !== undefined)).toBe(true);
        }
      }),
    );
  });

  it("is in a mesh of hosts everybody else with a public address", () => {
    fc.assert(
      fc.property(site, hosts => {
        for (const host of hosts) {
          const others = hosts.filter(other => other.name !== host.name && other.public !== undefined);
          expect(dialled(host, hosts, "hosts")).toEqual(others);
        }
      }),
    );
  });

  it("is in a mesh of machines the machine of a VM, and without its address all that have one", () => {
    const machines = [
      vpnHost("m1", { public: "192.0.2.1" }),
      vpnHost("m2", { public: "192.0.2.2" }),
      vpnHost("m3"),
    ];
    const [one, two] = [vpnHost("v1", { on: "m1", public: "192.0.2.9" }), vpnHost("v3", { on: "m3" })];
    const all = [...machines, one, two];
    expect(names(dialled(one, all, "machines"))).toEqual(["m1"]);
    expect(names(dialled(two, all, "machines"))).toEqual(["m1", "m2"]);
    expect(names(dialled(vpnHost("m3"), all, "machines"))).toEqual(["m1", "m2"]);
  });

  it("has the keys of both ends of every link", () => {
    fc.assert(
      fc.property(site, fc.constantFrom("machines", "hosts"), (hosts, mesh) => {
        for (const host of hosts) {
          for (const other of dialled(host, hosts, mesh)) {
            expect(names(known(host, hosts, mesh))).toContain(other.name);
            expect(names(known(other, hosts, mesh))).toContain(host.name);
          }
        }
      }),
    );
  });
});

describe("a file of tinc", () => {
  it("tells others of a host, with its address where it has a public one", () => {
    const lines = (host: Host): string[] => hostHead(host, 655).split("\n").slice(1, -1);
    const address = "10.1.3.1";
    expect(lines(vpnHost("web1", { address }))).toEqual(["Port = 655", "Subnet = 10.1.3.1/32"]);
    expect(lines(vpnHost("web1", { address, public: "192.0.2.7" }))[0]).toBe("Address = 192.0.2.7");
  });

  it("lets nobody send packets to the address that a VM has on its bridge but those that it has a link with", () => {
    expect(hostHead(vpnHost("v1", { on: "m1" }), 655)).toMatch(/^IndirectData = yes$/m);
    expect(hostHead(vpnHost("v1", { on: "m1", public: "192.0.2.7" }), 655)).not.toContain("IndirectData");
    expect(hostHead(vpnHost("m1"), 655)).not.toContain("IndirectData");
  });

  it("names hosts as tinc can", () => {
    const conf = tincConf(vpnHost("storm-web1a"), [vpnHost("cloud-1.example")]);
    expect(conf).toMatch(/^Name = storm_web1a$/m);
    expect(conf).toMatch(/^ConnectTo = cloud_1_example$/m);
    fc.assert(fc.property(fc.string(), name => /^\w*$/.test(nodeName(name))));
  });

  it("gives the interface its address with the netmask of the network", () => {
    expect(tincUp(vpnHost("a", { address: "10.1.3.1" }), vpnNetwork([]))).toContain(
      "replace 10.1.3.1/10 dev",
    );
    expect(prefixLength("255.255.255.0")).toBe(24);
    expect(() => prefixLength("255.0.255.0")).toThrow(/no netmask/);
  });
});
