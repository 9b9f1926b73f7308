import { describe, expect, it } from "vitest";
import { formatProblem, Problems } from "../../src/inventory/problems.ts";
import { load, problemsOf, short } from "./support.ts";

/** A small site around one changed line. */
const site = (...lines: string[]) =>
  ["smc: 1", "machines: {m1: {dc: DC0, vpn: 10.0.0.1}, m2: {dc: DC0, vpn: 10.0.0.2}}", ...lines].join("\n");
const withService = (entry: string) => site(`deployments: {site: {services: {${entry}}}}`);

describe("a text that is no services file", () => {
  it.each([
    ["", "1:1 error: the services file is empty"],
    ["# only a comment\n", "1:1 error: the services file is empty"],
    ["[1, 2]", "1:1 error: the services file must be a mapping of keys to values"],
    ["just text", "1:1 error: the services file must be a mapping of keys to values"],
    ["a: [1", "not YAML"],
    ["deployments: {}", 'does not begin with its version, "smc: 1"'],
    [
      "smc: 2\nnonsense: {}",
      "1:6 error: this smc reads version 1 of the services file, not 2 | install a newer smc",
    ],
    ["smc: one", "not one | write smc: 1"],
    ["smc: 1\n---\nsmc: 1", "not YAML"],
    [`smc: 1\nx: !!js/function "a"`, "not YAML"],
  ])("%j: %s", (text, expected) => {
    const { inventory, problems } = load(text);
    expect(inventory).toBeUndefined();
    expect(problems.map(short).join("\n")).toContain(expected);
  });

  it("says so for text that is nested too deeply, instead of failing", () => {
    expect(problemsOf(`smc: ${"[".repeat(20_000)}`).join("\n")).toMatch(/nested too deeply|not YAML/);
  });

  it("does not expand a bomb of aliases", () => {
    const lines = ["smc: 1", "a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (const name of "bcdefgh") {
      const below = String.fromCharCode(name.charCodeAt(0) - 1);
      lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${below}`).join(",")}]`);
    }
    expect(problemsOf(lines.join("\n")).join("\n")).toContain(
      "the aliases stand for more than 5000000 values",
    );
  });

  it("names an alias without an anchor", () => {
    expect(problemsOf("smc: 1\nports: *nowhere").join("\n")).toMatch(/alias|anchor/i);
  });
});

describe("problems point at their place and say what to write", () => {
  it.each([
    [
      "a repeated key",
      site("ports: {hub: 1, hub: 2}", "deployments: {site: {}}"),
      '3:17 error: "hub" is here twice | join the two, or delete the one that is wrong',
    ],
    [
      "an unknown key of the file",
      site("port: {}", "deployments: {site: {}}"),
      '3:1 error: unknown key "port" in the services file | did you mean "ports"?',
    ],
    [
      "an unknown port",
      site("ports: {hubb: 1}", "deployments: {site: {}}"),
      '3:9 error: unknown key "hubb" in ports | did you mean "hub"?',
    ],
    [
      "a port out of range",
      site("ports: {hub: 70000}", "deployments: {site: {}}"),
      "3:14 error: hub: a port is a number from 1 to 65535, not 70000",
    ],
    [
      "an unknown key of a deployment",
      site("deployments: {site: {transprt: local}}"),
      '3:22 error: unknown key "transprt" in site | did you mean "transport"?',
    ],
    [
      "a wrong choice",
      site("deployments: {site: {transport: locl}}"),
      '3:33 error: transport: expected "ssh", "local", not "locl" | did you mean local?',
    ],
    [
      "an unknown service",
      withService("hubb: {at: m1}"),
      '3:33 error: there is no service "hubb" | did you mean hub? (a service of your own needs a command:)',
    ],
    [
      "a host that is not there",
      withService("nginx: {at: m3}"),
      '3:45 error: there is no host "m3" | did you mean m1?',
    ],
    [
      "a role that is not there",
      withService('nginx: {at: "@wbe"}'),
      '3:45 error: no host has the role or tag "wbe" | groups here: @all @machines @vms @DC0',
    ],
    [
      "a service without a place",
      withService("nginx: {}"),
      '3:40 error: nginx has no "at", so it runs nowhere | add at: HOSTS',
    ],
    [
      "an override of a host elsewhere",
      withService("nginx: {at: m1, hosts: {m2: {}}}"),
      "3:57 error: nginx does not run on m2 | add the host to at:",
    ],
    [
      "an override of nobody",
      withService("nginx: {at: m1, hosts: {m11: {}}}"),
      '3:57 error: there is no host "m11" | did you mean m1?',
    ],
    [
      "a duration that is none",
      withService("snap: {at: m1, interval: 4 potatoes}"),
      '3:58 error: interval: a duration is written 250ms, 10s, 4m or 1h, not "4 potatoes"',
    ],
    [
      "a number where text belongs",
      withService("hub: {at: m1, keyspace: 12}"),
      '3:57 error: keyspace: expected text, not 12 | write it in quotes: "12"',
    ],
    [
      "a number that YAML reads as another text",
      withService("hub: {at: m1, keyspace: 5.0}"),
      '3:57 error: keyspace: expected text, not 5.0 | write it in quotes: "5.0"',
    ],
    [
      "a release without quotes",
      withService('cassandra: {at: m1, version: 5.0, source: {folder: "/opt/c"}}'),
      '3:62 error: version: a version is text: "5.0.6", not 5.0 | write it in quotes: "5.0"',
    ],
    [
      "a heap without a unit",
      withService("cassandra: {at: m1, heap: {max: 384}}"),
      "3:65 error: max: a size is a number and a unit: 500MB, 64GB, 2TB, not 384 | such as 384MB",
    ],
    [
      "a heap in quotes without a unit",
      withService('cassandra: {at: m1, heap: {max: "384"}}'),
      '3:65 error: max: a size is a number and a unit: 500MB, 64GB, 2TB, not "384"',
    ],
    [
      "a heap with a unit that is none",
      withService("cassandra: {at: m1, heap: {max: 384XB}}"),
      '3:65 error: max: a size is a number and a unit: 500MB, 64GB, 2TB, not "384XB"',
    ],
    [
      "a heap that would be none",
      withService("cassandra: {at: m1, heap: {max: 384KB}}"),
      '3:65 error: max: a size is 1MB or more, not "384KB"',
    ],
    [
      "rights that are none",
      withService("cassandra: {at: m1, users: {hub: {grant: {demo: al}}}}"),
      '3:81 error: demo: rights are all, or a list such as [select], not "al"',
    ],
    [
      "a variable that is not there",
      withService('hub: {at: m1, keyspace: "${foo}"}'),
      '3:57 error: there is no "foo" in vars',
    ],
    [
      "an instance without an id",
      withService("hub: {at: m1, instances: [{port: 5000}]}"),
      '3:59 error: instances[0] has no "id" | add id: …',
    ],
    [
      "the same id twice",
      withService("hub: {at: m1, instances: [{id: 1}, {id: 1, port: 1, proxy_port: 2}]}"),
      "3:58 error: hub has the id 1 twice on a host",
    ],
    [
      "a port that the service has not",
      withService("nginx: {at: m1, ports: {ngnix: 1}}"),
      '3:57 error: nginx has no port "ngnix" | did you mean nginx?',
    ],
    [
      "a parent that is not there",
      site("deployments: {site: {extends: sitte}}"),
      '3:31 error: there is no deployment "sitte" to extend | did you mean site?',
    ],
    [
      "an unknown default",
      site("default: sit", "deployments: {site: {}}"),
      '3:10 error: there is no deployment "sit" | did you mean site?',
    ],
    [
      "a default of nothing",
      site("defaults: {hubs: {instances: 2}}", "deployments: {site: {}}"),
      '3:12 error: unknown key "hubs" in defaults | did you mean "hub"?',
    ],
    [
      "a wrong default that nobody uses",
      site("defaults: {hub: {instancs: 2}}", "deployments: {site: {}}"),
      '3:18 error: unknown key "instancs" in hub | did you mean "instances"?',
    ],
    [
      "a range that is none",
      site("deployments: {site: {vms: {'w[3-1]': {}}}}"),
      '3:28 error: "w[3-1]" is not a range of names: 3-1 runs backwards | ranges look like web[1-7,10-21]; zeros are kept, web[01-12]',
    ],
    [
      "an address that is none",
      site("deployments: {site: {machines: {m9: {vpn: 10.0.0}}}}"),
      '3:43 error: vpn: an address is written 10.1.2.3, not "10.0.0"',
    ],
    [
      "a name that is none",
      site("deployments: {site: {machines: {'m 9': {vpn: 10.0.0.9}}}}"),
      '3:33 error: "m 9": a name is at most 63 letters, digits, dots and hyphens',
    ],
    [
      "a VM without a machine",
      site("deployments: {site: {vms: {w1: {vpn: 10.0.0.9}}}}"),
      '3:28 error: the VM w1 has no "at", so it is on no machine | add at: MACHINE',
    ],
    [
      "a VM without its size",
      site("deployments: {site: {vms: {w1: {at: m1, vpn: 10.0.0.9, vcpus: 1, image: x}}}}"),
      '3:28 error: the VM has no "ram" | add ram: …',
    ],
    [
      "a machine without an address",
      site("deployments: {site: {machines: {m9: {ram: 1GB}}}}"),
      '3:33 error: the machine has no "vpn" | add vpn: …',
    ],
  ])("%s", (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it("names every deployment of a circle of parents", () => {
    expect(problemsOf(site("deployments: {a: {extends: b}, b: {extends: a}}"))).toEqual([
      "3:28 error: b extends itself: b → a → b",
      "3:45 error: a extends itself: a → b → a",
    ]);
  });

  it("says of a capture without a bracket what it is", () => {
    const problems = problemsOf(site("deployments: {site: {machines: {m9: {vpn: '10.0.0.{n}'}}}}"));
    expect(problems).toContain('3:43 error: {n} has no number to stand for: "m9" has no brackets');
  });

  it("misses the deployments", () => {
    expect(problemsOf("smc: 1")).toEqual([
      '1:1 error: the services file has no "deployments" | add deployments: …',
    ]);
  });

  it("collects all of them in one go, in file order", () => {
    const text = site(
      "ports: {hubb: 1}",
      "deployments:",
      "  site:",
      "    transport: x",
      "    services: {nginx: {at: m9, statc: /x}}",
    );
    expect(load(text).problems.map(({ line, column }) => [line, column])).toEqual([
      [3, 9],
      [6, 16],
      [7, 32],
    ]);
  });

  it("names every unknown key of a mapping, not only the first", () => {
    expect(problemsOf(withService("nginx: {at: m1, a: 1, b: 2}"))).toHaveLength(2);
  });

  it("says a problem of a range once, not once for each host", () => {
    expect(
      problemsOf(site("deployments: {site: {machines: {'x[1-50]': {vpn: '10.0.0.{n}', rma: 1}}}}")),
    ).toEqual(['3:64 error: unknown key "rma" in the machine | did you mean "ram"?']);
  });

  it("stops at some hundred, and says how many are left", () => {
    const names = Array.from({ length: 300 }, (_, index) => `k${index}: 1`);
    const problems = problemsOf(`smc: 1\ndeployments: {}\n${names.join("\n")}`);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toContain("and 100 more errors");
  });
});

describe("formatProblem", () => {
  const problem = (text: string, at: number) => {
    const problems = new Problems("services.yaml", text);
    problems.add({ at, message: "no", suggestion: "yes" });
    return problems.list().map(formatProblem).join("\n");
  };

  it("has file:line:column: severity: message, the line, a mark, and the suggestion", () => {
    expect(problem("a: 1\r\nbee: 2\r\n", 11)).toBe(
      ["services.yaml:2:6: error: no", "    bee: 2", "         ^", "    yes"].join("\n"),
    );
  });

  it("cuts a long line so that the place stays in sight", () => {
    const [, line = "", mark = ""] = problem(`${"x".repeat(500)}!${"y".repeat(500)}`, 500).split("\n");
    expect(line.length).toBeLessThan(120);
    expect(line[mark.indexOf("^")]).toBe("!");
  });
});

describe("a value of another kind", () => {
  it.each([
    [
      "machines",
      site("machines: []").replace(/machines: \{.*\n/, ""),
      '"machines" must have keys of its own',
    ],
    ["deployments", site("deployments: []"), '"deployments" must have keys of its own'],
    ["ports", site("ports: 8400", "deployments: {site: {}}"), '"ports" must have keys of its own'],
    ["services", site("deployments: {site: {services: [hub]}}"), '"services" must have keys of its own'],
    ["hosts", withService("hub: {at: m1, hosts: [m1]}"), "hosts"],
    [
      "disks",
      site(
        "deployments: {site: {vms: {v1: {at: m1, vpn: 10.0.0.3, image: x, vcpus: 1, ram: 1GB, disks: [1GB]}}}}",
      ),
      "disks: expected keys and values, not a list",
    ],
    [
      "replication",
      withService("cassandra: {at: m1, replication: {k: [DC0]}}"),
      "k: expected keys and values, not a list",
    ],
    ["at", withService("hub: {at: [m1, {x: 1}]}"), "at[1]: expected text, not keys and values"],
    [
      "status",
      withService("compute: {at: m1, status: maybe}"),
      'expected "on", "no-new-projects", "off", boolean',
    ],
    ["instances", withService("hub: {at: m1, instances: 1000000000}"), "at most 1000 run on a host"],
  ])("in %s is an error", (_, text, message) => {
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  it("says once of a name that cannot be filled in what is wrong, and nothing that follows from it", () => {
    const text = `smc: 1
default: site
vars: {faulty: "\${nope}"}
machines: {m1: {dc: DC0, vpn: 10.0.0.1}}
deployments:
  site:
    services:
      hub: {at: m1, "\${foo}": 2, "\${faulty}": 3}
      "\${bar}": {at: m1}
`;
    expect(problemsOf(text)).toEqual([
      '3:16 error: there is no "nope" in vars',
      '8:21 error: there is no "foo" in vars',
      '9:7 error: there is no "bar" in vars',
    ]);
  });

  it("says once of a variable that it is not there, in a list and within a text", () => {
    const text = withService('cassandra: {at: m1, jvm_options: ["${foo}"], rack: "a ${foo}"}');
    expect(problemsOf(text)).toEqual([
      '3:67 error: there is no "foo" in vars',
      '3:84 error: there is no "foo" in vars',
    ]);
  });

  it("says of a variable that is made from itself nothing else, where it is used", () => {
    const problems = problemsOf(
      'smc: 1\nvars: {a: "${a}"}\nmachines: {m1: {vpn: "${a}"}}\ndeployments: {site: {}}',
    );
    expect(problems).toEqual(['2:11 error: the variable "a" is made from itself']);
  });

  it("counts no port beyond the last one", () => {
    expect(
      problemsOf(withService("hub: {at: m1, ports: {hub: 65530, hub_proxy: 65531}, instances: 4}")),
    ).toEqual([
      "3:38 error: hub3@m1 would listen on port 65536 (hub), and the last one is 65535 | begin lower, or run fewer on a host",
      "3:38 error: hub3@m1 would listen on port 65537 (hub_proxy), and the last one is 65535 | begin lower, or run fewer on a host",
    ]);
  });
});
