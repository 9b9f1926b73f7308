import * as fc from "fast-check";
import { stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { deploymentOf, inventoryOf, problemsOf } from "./support.ts";

/** What the four levels say of some settings of the snapshot server; each may say nothing. */
const level = fc.record(
  {
    keyspace: fc.constantFrom("a", "b", "c"),
    dir: fc.constantFrom("/x", "/y", "/z"),
    env: fc.dictionary(fc.constantFrom("A", "B", "C"), fc.constantFrom("1", "2", "3")),
  },
  { requiredKeys: [] },
);

type Level = { keyspace?: string; dir?: string; env?: Record<string, string> };

function siteOf([defaults, deployment, group, host]: readonly Level[]): string {
  return stringify({
    smc: 1,
    defaults: { snap: defaults },
    machines: { "m[1-2]": { vpn: "10.0.0.{n}" } },
    deployments: {
      site: {
        defaults: { snap: deployment },
        services: { snap: { at: "@machines", ...group, hosts: { m1: host } } },
      },
    },
  });
}

const laid = (levels: readonly Level[]) => ({
  ...Object.assign({}, ...levels),
  env: Object.assign({}, ...levels.map(({ env }) => env)) as unknown,
});

describe("defaults < deployment < group < host", () => {
  it("holds for every combination of levels, key by key", () => {
    fc.assert(
      fc.property(fc.tuple(level, level, level, level), levels => {
        const { instances, services } = deploymentOf(siteOf(levels));
        const settings = (host: string) => instances.find(instance => instance.host === host)?.settings;
        expect(settings("m1")).toMatchObject(laid(levels));
        expect(settings("m1")?.["env"]).toEqual(laid(levels).env);
        expect(settings("m2")).toMatchObject(laid(levels.slice(0, 3)));
        expect(services.get("snap")?.settings).toEqual(settings("m2"));
      }),
      { numRuns: 60 },
    );
  });

  it("holds for users: file < deployment < host", () => {
    const { hosts } = deploymentOf(`
smc: 1
defaults: {user: low}
machines: {m1: {vpn: 10.0.0.1}, m2: {vpn: 10.0.0.2, user: high}}
deployments: {site: {user: middle}}`);
    expect([...hosts.values()].map(({ user }) => user)).toEqual(["middle", "high"]);
  });

  it("holds for timeouts and versions of services and hosts", () => {
    const { instances, timeouts } = deploymentOf(`
smc: 1
defaults: {timeouts: {start: 1s, stop: 1s}, snap: {timeouts: {stop: 2s}}}
machines: {"m[1-2]": {vpn: "10.0.0.{n}"}}
deployments:
  site:
    timeouts: {start: 3s}
    services:
      snap: {at: "@all", version: "1", hosts: {m2: {version: "2", timeouts: {ready: 9s}}}}
      nginx: {at: m1}`);
    expect(timeouts).toEqual({ start: 3000, stop: 1000, ready: 600_000 });
    expect(instances).toMatchObject([
      { name: "snap@m1", version: "1", timeouts: { start: 3000, stop: 2000, ready: 600_000 } },
      { name: "snap@m2", version: "2", timeouts: { start: 3000, stop: 2000, ready: 9000 } },
      { name: "nginx@m1" },
    ]);
    expect(instances[2]).not.toHaveProperty("timeouts");
  });

  it("lets an empty value take what a lower level said away", () => {
    const { services } = deploymentOf(`
smc: 1
defaults: {snap: {dir: /x, keyspace: k}}
machines: {m1: {vpn: 10.0.0.1}}
deployments: {site: {services: {snap: {at: m1, dir: }}}}`);
    expect(services.get("snap")?.settings).toMatchObject({ keyspace: "k" });
    expect(services.get("snap")?.settings).not.toHaveProperty("dir");
  });

  it("gives a named host the word over groups that it is in, wherever they stand", () => {
    const { instances } = deploymentOf(`
smc: 1
machines: {"m[1-3]": {vpn: "10.0.0.{n}", tags: [old]}}
deployments:
  site: {services: {compute: {at: "@all", hosts: {m2: {status: "off"}, "@old": {status: no-new-projects}, "m*": {note: n}}}}}`);
    expect(instances.map(({ settings }) => [settings["status"], settings["note"]])).toEqual([
      ["no-new-projects", "n"],
      ["off", "n"],
      ["no-new-projects", "n"],
    ]);
  });

  it("gives the rack of a host the word over that of the group, and the service's entry over both", () => {
    const { instances } = deploymentOf(`
smc: 1
machines: {m1: {vpn: 10.0.0.1}, m2: {vpn: 10.0.0.2, rack: R2}, m3: {vpn: 10.0.0.3, rack: R3}}
deployments: {site: {services: {cassandra: {at: "@all", rack: R1, hosts: {m3: {rack: R4}}}}}}`);
    expect(instances.map(({ settings }) => settings["rack"])).toEqual(["R1", "R2", "R4"]);
  });
});

describe("deployments", () => {
  const text = `
smc: 1
vars: {word: file}
ports: {hub: 5100}
defaults: {cassandra: {num_tokens: 256}}
machines: {m1: {vpn: 10.0.0.1}}
deployments:
  parent:
    ports: {nginx: 8099}
    machines: {own1: {vpn: 10.0.1.1}}
    services:
      snap: {at: own1, dir: "/\${word}", note: "n"}
      cassandra: {at: own1, initial_token: -9223372036854775808}
  child:
    extends: parent
    vars: {word: child}
    ports: {base: 9000, haproxy: 9999}
    services:
      snap: {state: absent}
      hub: {at: own1, instances: [{id: 3, port: 7000, proxy_port: 7001}, {id: 5}]}
  grandchild:
    extends: child
    services: {snap: {state: present}}
`;
  const { deployments } = inventoryOf(text);

  it("inherit from those that they extend", () => {
    expect([...(deployments.get("child")?.hosts.keys() ?? [])]).toEqual(["own1"]);
    expect([...(deployments.get("child")?.services.keys() ?? [])]).toEqual(["cassandra", "hub"]);
    expect([...(deployments.get("grandchild")?.services.keys() ?? [])]).toEqual(["snap", "cassandra", "hub"]);
  });

  it("may have words of their own for what they inherit", () => {
    expect(deployments.get("parent")?.services.get("snap")?.settings["dir"]).toBe("/file");
    expect(deployments.get("grandchild")?.services.get("snap")?.settings["dir"]).toBe("/child");
  });

  it("replace the ports below by a base, and single ports after it", () => {
    expect(deployments.get("parent")?.ports).toMatchObject({ hub: 5100, nginx: 8099 });
    expect(deployments.get("child")?.ports).toMatchObject({ hub: 9006, nginx: 9005, haproxy: 9999 });
  });

  it("may number instances themselves", () => {
    const hubs = deployments.get("child")?.instances.filter(({ service }) => service === "hub");
    expect(hubs).toMatchObject([
      { name: "hub3@own1", id: 3, ports: { hub: 7000, hub_proxy: 7001 } },
      { name: "hub5@own1", id: 5, ports: { hub: 9016, hub_proxy: 9017 } },
    ]);
  });

  it("keep tokens exact", () => {
    const token = deployments.get("parent")?.services.get("cassandra")?.settings["initial_token"];
    expect(String(token)).toBe("-9223372036854775808");
  });
});

describe("settings of which only one holds", () => {
  const text = (defaults: string, group: string, host: string) => `
smc: 1
defaults: {cassandra: ${defaults}}
machines: {m1: {vpn: 10.0.0.1}}
deployments: {site: {services: {cassandra: {at: m1, ${group} hosts: {m1: ${host}}}}}}`;
  const tokensOf = (yaml: string) => {
    const [node] = deploymentOf(yaml).instances;
    const { num_tokens: many, initial_token: one, tokens: even } = node?.settings ?? {};
    return [many, one, even];
  };

  it("come from the highest level that has any", () => {
    expect(tokensOf(text("{num_tokens: 16}", "", "{}"))).toEqual([16, undefined, undefined]);
    expect(tokensOf(text("{num_tokens: 16}", "tokens: even,", "{}"))).toEqual([undefined, undefined, "even"]);
    expect(tokensOf(text("{num_tokens: 16}", "tokens: even,", "{initial_token: 5}"))).toEqual([
      undefined,
      5,
      undefined,
    ]);
  });

  it("are refused when one level has two", () => {
    expect(problemsOf(text("{}", "num_tokens: 4, initial_token: 5,", "{}"))).toEqual([
      "5:68 error: num_tokens and initial_token exclude each other | leave one out",
    ]);
  });
});

describe("a service of the site's own", () => {
  it("is described in the services file alone", () => {
    const { instances } = deploymentOf(`
smc: 1
defaults: {chat: {env: {LEVEL: info}}}
machines: {m1: {vpn: 10.0.0.1}}
deployments:
  site:
    services:
      chat:
        at: m1
        command: "chat --port {port}"
        instances: 2
        ports: {port: 6000, admin: 6001}
        files: {chat.conf: "name = {name}"}
        ready: {tcp: port}
        run_as: chat
        needs: [cassandra]`);
    expect(instances).toMatchObject([
      { name: "chat0@m1", ports: { port: 6000, admin: 6001 }, settings: { env: { LEVEL: "info" } } },
      { name: "chat1@m1", ports: { port: 6002, admin: 6003 } },
    ]);
  });
});

describe("placing VMs", () => {
  it("takes a machine for each range of a mapping", () => {
    const { hosts } = deploymentOf(`
smc: 1
machines: {"[01-02]salvus": {vpn: "10.0.{n}.1"}}
deployments:
  site:
    vms:
      compute[01-04]:
        at: {"compute[01-02]": 01salvus, "compute[03-04]": 02salvus}
        vpn: "10.1.0.{n}"
        vcpus: 1
        ram: 1GB
        image: base`);
    const vms = [...hosts.values()].filter(({ kind }) => kind === "vm");
    expect(vms.map(({ name, vm, address }) => [name, vm?.machine, address])).toEqual([
      ["compute01", "01salvus", "10.1.0.1"],
      ["compute02", "01salvus", "10.1.0.2"],
      ["compute03", "02salvus", "10.1.0.3"],
      ["compute04", "02salvus", "10.1.0.4"],
    ]);
  });
});
