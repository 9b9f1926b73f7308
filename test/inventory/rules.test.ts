import { describe, expect, it } from "vitest";
import { deploymentOf, problemsOf } from "./support.ts";

/** Two data centres of two machines each. */
const base = `smc: 1
machines: {"a[1-2]": {dc: A, vpn: "10.0.0.{n}", ram: 4GB, cores: 4, disk: 100GB}, "b[1-3]": {dc: B, vpn: "10.0.1.{n}"}}
`;
const sites = (...deployments: string[]) =>
  `${base}deployments:\n${deployments.map(line => `  ${line}\n`).join("")}`;
const ring = (entry: string) => sites(`site: {services: {cassandra: {at: "@machines", ${entry}}}}`);
const vm = (name: string, rest: string) =>
  `${name}: {vpn: 10.9.0.${name.length}, vcpus: 1, ram: 1GB, image: x, ${rest}}`;

describe("addresses and names", () => {
  it("lets two hosts have one public address behind forwarded ports", () => {
    const forwarded = "x2: {vpn: 10.0.0.2, public: 192.0.2.1, ssh_port: 2202}";
    expect(
      problemsOf(sites(`site: {machines: {x1: {vpn: 10.0.0.1, public: 192.0.2.1}, ${forwarded}}}`)),
    ).toEqual([]);
  });

  it.each([
    [
      "two machines with one address",
      sites("site: {machines: {x1: {vpn: 10.0.0.1}, x2: {vpn: 10.0.0.1}}}"),
      "4:52 error: x2 has the address 10.0.0.1 of x1 | the other one is in line 4",
    ],
    [
      "two machines with one public address",
      sites(
        "site: {machines: {x1: {vpn: 10.0.0.1, public: 192.0.2.1}, x2: {vpn: 10.0.0.2, public: 192.0.2.1}}}",
      ),
      "4:89 error: x2 has the public address 192.0.2.1 of x1 | the other one is in line 4",
    ],
    [
      "VMs of two deployments with one address",
      sites(`s1: {vms: {${vm("w1", "at: a1")}}}`, `s2: {vms: {${vm("v1", "at: a1")}}}`),
      "5:24 error: v1 has the address 10.9.0.2 of w1 | the other one is in line 4",
    ],
    [
      "a VM called as a machine is",
      sites(`site: {vms: {a2: {vpn: 10.9.0.9, vcpus: 1, ram: 1GB, image: x, at: a1}}}`),
      "4:16 error: there is already a machine called a2 | the other one is in line 2",
    ],
    [
      "a port that is taken",
      sites("s1: {services: {nginx: {at: a1}}}", "s2: {services: {nginx: {at: a1}}}"),
      "5:26 error: port 8080 (nginx) on a1 is taken by nginx@a1 (s1) | the other one is in line 4",
    ],
    [
      "an id of two deployments",
      sites(
        "s1: {services: {hub: {at: a1, instances: [{id: 1}]}}}",
        "s2: {ports: {base: 9000}, services: {hub: {at: a1, instances: [{id: 1}]}}}",
      ),
      "5:65 error: hub 1 on a1 belongs to the deployment s1 already | the other one is in line 4",
    ],
  ])("refuses %s", (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it("lets deployments with machines of their own have what others have", () => {
    const own = "machines: {x: {vpn: 127.0.0.1}}, services: {nginx: {at: x}}";
    expect(problemsOf(sites(`s1: {${own}}`, `s2: {${own}}`))).toEqual([]);
  });
});

describe("capacity", () => {
  it("sums the VMs of all deployments on a machine", () => {
    const fits = sites(`s1: {vms: {${vm("w1", "at: a1, disks: {d: 60GB}")}}}`);
    expect(problemsOf(fits)).toEqual([]);
    const both = sites(
      `s1: {vms: {${vm("w1", "at: a1, disks: {d: 60GB}")}}}`,
      `s2: {vms: {${vm("v11", "at: a1, disks: {d: 60GB, e: {device: /dev/sdd1}}")}}}`,
    );
    expect(problemsOf(both)).toEqual([
      "2:75 error: a1 has 100GB of disk, its VMs ask for 120GB: w1, v11 | give the VMs less, or raise defaults: overcommit: disk",
    ]);
    expect(problemsOf(`${both}defaults: {overcommit: {disk: 1.2}}\n`)).toEqual([]);
  });

  it("lets the strictest deployment on a machine decide", () => {
    const text = sites(
      `s1: {overcommit: {cores: 2}, vms: {"w[1-5]": {at: a1, vpn: "10.9.0.{n}", vcpus: 1, ram: 100MB, image: x}}}`,
      "s2: {}",
    );
    expect(problemsOf(text).join("\n")).toContain("a1 has 4 of cores, its VMs ask for 5");
  });
});

describe("the ring", () => {
  it.each([
    [
      "a data centre with a letter O",
      "replication: {k: {A0: 1}}",
      "error: k is to be replicated in A0, where there is no node | did you mean A?",
    ],
    [
      "more copies than nodes",
      "replication: {k: {A: 3}}",
      "error: k wants 3 copies in A, which has 2 nodes | write at most 2",
    ],
    [
      "a seed that is no node",
      "seeds: [a1, a2, b1, b22]",
      "error: the seed b22 is no node of the database | did you mean b2?",
    ],
    [
      "one seed in a data centre",
      "seeds: [a1, a2, b1]",
      "warning: B has one seed; two let it start when one is away",
    ],
    [
      "no seed in a data centre",
      "seeds: [a1, a2]",
      "warning: B has no seed; two let it start when one is away",
    ],
    [
      "every node a seed",
      "seeds: [a1, a2, b1, b2, b3]",
      "warning: every node is a seed; a seed does not stream data when it joins",
    ],
  ])("finds %s", (_, entry, expected) => {
    expect(problemsOf(ring(entry)).join("\n")).toContain(expected);
  });

  it("finds racks of different sizes", () => {
    const text = sites(
      `site: {machines: {"n[1-4]": {dc: A, vpn: "10.0.0.{n}"}}, services: {cassandra: {at: "@all", rack: R0, hosts: {n1: {rack: R1}}}}}`,
    );
    expect(problemsOf(text).join("\n")).toContain(
      "warning: the racks of A differ in size (R1 1, R0 3): nodes of the small ones hold more data",
    );
  });

  it("has nothing against a good one", () => {
    expect(problemsOf(ring("seeds: [a1, a2, b1, b2], replication: {k: {A: 2, B: 3}}"))).toEqual([]);
  });

  it("wants the data centre of every node, once one has it", () => {
    const text = sites(
      "site: {machines: {x1: {dc: A, vpn: 10.0.0.1}, x2: {vpn: 10.0.0.2}}, services: {cassandra: {at: '@all'}}}",
    );
    expect(problemsOf(text)).toEqual([expect.stringContaining("the data centre of x2 is not known")]);
  });

  it("takes DC0 for a site in which no machine says it", () => {
    const own = 'machines: {"db[1-3]": {vpn: "127.0.0.{n}"}}';
    expect(
      problemsOf(sites(`site: {${own}, services: {cassandra: {at: "@all", replication: {k: {DC0: 3}}}}}`)),
    ).toEqual([]);
  });
});

describe("compute status", () => {
  it("takes booleans with a warning, and the words without", () => {
    const text = (status: string) => sites(`site: {services: {compute: {at: a1, status: ${status}}}}`);
    expect(problemsOf(text("true"))).toEqual([
      '4:47 warning: status: true is read as "on" | write status: "on", in quotes',
    ]);
    for (const status of ["on", '"off"', "no-new-projects"]) expect(problemsOf(text(status))).toEqual([]);
    expect(problemsOf(text("onn"))).toHaveLength(1);
  });
});

describe("smoke tests", () => {
  const smoke = (...tests: string[]) =>
    problemsOf(sites(`site: {services: {nginx: {at: a1}}, smoke: [${tests.join(", ")}]}`));

  it.each([
    [
      "one of a service that is not there",
      "{name: x, of: ngnix, http: /}",
      'it is asked of "ngnix", and there is no such service | did you mean nginx?',
    ],
    ["one that asks nothing", "{name: x, of: nginx}", "a smoke test asks either `http:` or `command:`"],
    [
      "one that asks two things",
      '{name: x, of: nginx, http: /, command: "true"}',
      "a smoke test asks either `http:` or `command:`",
    ],
    [
      "a body that is no pattern",
      '{name: x, of: nginx, http: /, body: "("}',
      "a regular expression is expected",
    ],
  ])("refuses %s", (_, test, message) => {
    expect(smoke(test)).toEqual([expect.stringContaining(message)]);
  });

  it("have names of their own, and may be those of all deployments", () => {
    const good = "{name: x, of: nginx, http: /}";
    expect(smoke(good)).toEqual([]);
    expect(smoke(good, good)).toEqual([expect.stringContaining('there are two smoke tests "x"')]);
    const deployment = deploymentOf(
      `defaults: {smoke: [${good}]}\n${sites("site: {services: {nginx: {at: a1}}}")}`,
    );
    expect(deployment.smoke).toMatchObject([
      { name: "x", question: { kind: "http", path: "/", status: [200] }, timeout: 30_000 },
    ]);
  });
});
