import { describe, expect, it } from "vitest";
import { deploymentOf, problemsOf } from "./support.ts";

/** A file of one machine with VMs and services. */
function file({ vms = "", services = "" }: { vms?: string; services?: string }): string {
  return `smc: 1
machines:
  cloud[1-4]: {dc: DC0, vpn: "10.1.{n}.1"}
deployments:
  site:
    vms:
      db[1-4]: {at: "cloud{n}", vpn: "10.1.{n}.2", vcpus: 1, ram: 1GB, image: salvus}
      ${vms}
    services:
      cassandra: {at: "db[1-4]", seeds: ["db[1-2]", db3]}
      ${services}
`;
}

describe("lists of hosts in settings", () => {
  it("may have ranges", () => {
    const { services } = deploymentOf(file({}));
    expect(services.get("cassandra")?.settings["seeds"]).toEqual(["db1", "db2", "db3"]);
  });

  it("may have ranges where one host has its own", () => {
    const services = `hub: {at: "cloud[1-2]", hosts: {cloud2: {database: ["db[2-3]"]}}}`;
    const { instances } = deploymentOf(file({ services }));
    const databases = instances
      .filter(({ service }) => service === "hub")
      .map(({ settings }) => settings["database"]);
    expect(databases).toEqual(["same-dc", ["db2", "db3"]]);
  });

  it("are refused with their place where a range is none", () => {
    const services = "haproxy: {at: cloud1, backends: [cloud1, 'cloud[3-1]']}";
    expect(problemsOf(file({ services }))).toContainEqual(expect.stringContaining("3-1 runs backwards"));
  });
});

describe("instances by their ids", () => {
  it("have the port of the block, or their own", () => {
    const services = "nginx: {at: cloud1, instances: [{id: 2}, {id: 3, port: 8090}]}";
    const { instances } = deploymentOf(file({ services }));
    const ports = instances
      .filter(({ service }) => service === "nginx")
      .map(({ id, ports }) => [id, ports["nginx"]]);
    expect(ports).toEqual([
      [2, 8080],
      [3, 8090],
    ]);
  });
});

describe("VMs of somebody else's machines", () => {
  it("need no size of their own", () => {
    const vms = "far1: {at: cloud1, driver: gce, zone: us-1, type: n1-small, vpn: 10.9.1.1, image: salvus}";
    const far = deploymentOf(file({ vms })).hosts.get("far1");
    expect(far?.vm).toMatchObject({ driver: "gce", zone: "us-1", type: "n1-small" });
    expect(far).toMatchObject({ ram: undefined, cores: undefined });
  });

  it("are the only ones that may do without", () => {
    const problems = problemsOf(file({ vms: "own1: {at: cloud1, vpn: 10.9.1.1, image: salvus}" }));
    expect(problems).toEqual([
      expect.stringContaining('the VM has no "ram" | add ram: …'),
      expect.stringContaining('the VM has no "vcpus" | add vcpus: …'),
    ]);
  });
});

describe("an address", () => {
  it("may be a name of the network", () => {
    const vms = "far1: {at: cloud1, vpn: far1.example.org, vcpus: 1, ram: 1GB, image: salvus}";
    expect(deploymentOf(file({ vms })).hosts.get("far1")?.address).toBe("far1.example.org");
  });

  it.each(["10.1.2", "10.1.2.x", "10.1.2.300", "far_1"])("may not be %s", address => {
    const vms = `far1: {at: cloud1, vpn: "${address}", vcpus: 1, ram: 1GB, image: salvus}`;
    expect(problemsOf(file({ vms }))).toEqual([expect.stringContaining("an address is written 10.1.2.3")]);
  });
});
