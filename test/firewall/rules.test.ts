import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admits, type HostRules } from "../../src/firewall/model.ts";
import { renderRules } from "../../src/firewall/render.ts";
import { rulesFor, type SiteView } from "../../src/firewall/rules.ts";
import { firewallState, cutsOff } from "../../src/firewall/state.ts";
import { UNIT } from "../../src/firewall/places.ts";
import type { Host } from "../../src/inventory/model.ts";
import { viewOf } from "./support.ts";

const names = ["db1", "db2", "web1", "web2", "front", "edge", "compute1", "compute2"];
const hosts = Object.fromEntries(
  names.map((name, index) => [name, { address: `10.1.0.${index + 1}`, dc: "DC0" }]),
);
const replication = { replication: { site: { DC0: 2 } } };

const site: SiteView = viewOf({
  hosts,
  services: {
    cassandra: { at: ["db1", "db2"], settings: { ...replication, seeds: ["db1"] } },
    hub: { at: ["web1", "web2"], instances: 2 },
    nginx: { at: ["web1", "web2"] },
    haproxy: { at: ["front", "edge"], settings: { redirect_http: true } },
    stunnel: { at: ["edge"], settings: { certificate: "secret:edge.pem" } },
    compute: { at: ["compute1", "compute2"] },
    queue: { at: ["web1"], settings: { command: "queue", ports: { queue: 6000 } } },
  },
});

function rules(name: string): HostRules {
  const host = site.deployment.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return rulesFor(host, [site]);
}

const address = (name: string): string => hosts[name]?.address ?? name;
/** Who of the site, and of the world, gets in. */
const whoReaches = (name: string, port: number): string[] =>
  [...names, "198.51.100.7"].filter(
    from => from !== name && admits(rules(name), { from: address(from), port }),
  );

const WORLD = "198.51.100.7";

describe("who may reach which port", () => {
  it.each([
    ["db1", 9042, ["db2", "web1", "web2"]],
    ["db1", 7000, ["db2"]],
    ["db1", 7199, []],
    ["db1", 5000, []],
    ["web1", 5000, ["front", "edge"]],
    ["web1", 5003, ["front", "edge"]],
    ["web1", 8080, ["front", "edge"]],
    ["web1", 6000, ["db1", "db2", "web2", "front", "edge"]],
    ["edge", 8000, []],
    ["compute1", 3333, ["web1", "web2"]],
    ["compute1", 22, ["db1", "db2", "web1", "web2", "front", "edge", WORLD]],
    ["db1", 22, ["db2", "web1", "web2", "front", "edge", WORLD]],
  ])("%s:%i", (name, port, who) => {
    expect(whoReaches(name, port)).toEqual(who);
  });

  describe("on a machine that carries VMs", () => {
    const hostOf = (name: string): Host => {
      const found = site.deployment.hosts.get(name);
      if (found === undefined) throw new Error(`no host ${name}`);
      return found;
    };
    const guest = (name: string, machine: string, nameservers: string[] = []): [string, Host] => {
      const network = { bridge: "br0", prefix: 24, gateway: undefined, nameservers };
      const vm = {
        machine,
        image: "salvus",
        driver: "kvm",
        cache: "none",
        disks: new Map(),
        network,
        authorizedKeys: [],
      };
      return [name, { ...hostOf(name), kind: "vm", vm }];
    };
    const reaches = (
      name: string,
      words: { from: string; port: number; protocol?: "tcp" | "udp" },
      ...guests: [string, Host][]
    ): boolean => {
      const hosts = new Map([...site.deployment.hosts, ...guests]);
      const rules = rulesFor(hostOf(name), [{ ...site, deployment: { ...site.deployment, hosts } }]);
      return admits(rules, { ...words, from: address(words.from) });
    };

    it("is a VM at its names, where it is told to ask there", () => {
      const asks = (nameserver: string, from: string): boolean =>
        reaches("front", { from, port: 53, protocol: "udp" }, guest("db1", "front", [nameserver]));
      expect(asks(address("front"), "db1")).toBe(true);
      expect(asks(address("front"), "db2")).toBe(false);
      expect(asks("192.0.2.53", "db1")).toBe(false);
    });

    it("is another such machine at its images, and nobody else", () => {
      const guests = [guest("db1", "front"), guest("db2", "edge")];
      const gets = (name: string, from: string): boolean => reaches(name, { from, port: 873 }, ...guests);
      expect(gets("front", "edge")).toBe(true);
      expect(gets("edge", "front")).toBe(true);
      expect(gets("front", "web1")).toBe(false);
      expect(gets("web1", "edge")).toBe(false);
      expect(reaches("front", { from: "edge", port: 873 }, guest("db1", "front"))).toBe(false);
    });
  });

  it("is anybody at the edge", () => {
    expect(whoReaches("edge", 443)).toContain(WORLD);
    expect(whoReaches("edge", 80)).toContain(WORLD);
    expect(whoReaches("front", 8000)).toContain(WORLD);
  });

  it("is both deployments on a machine that they share", () => {
    const other = viewOf({
      hosts,
      services: { mail: { at: ["edge"], settings: { command: "mail", ports: { mail: 2525 } } } },
    });
    const host = site.deployment.hosts.get("edge");
    const both = host === undefined ? undefined : rulesFor(host, [site, other]);
    expect(both !== undefined && admits(both, { from: address("db1"), port: 2525 })).toBe(true);
    expect(both !== undefined && admits(both, { from: WORLD, port: 443 })).toBe(true);
  });
});

/** Reads back what a rendered file lets in, from its text alone. */
function admitsByText(text: string, from: string, port: number): boolean {
  for (const line of text.split("\n").map(part => part.trim())) {
    const saddr = /^ip saddr (?:\{ ([^}]*) \}|(\S+)) /.exec(line);
    const sources = (saddr?.[1] ?? saddr?.[2])?.split(", ");
    if (sources !== undefined && !sources.includes(from)) continue;
    const rest = saddr === null ? line : line.slice(saddr[0].length);
    if (/^drop\b/.test(rest)) return false;
    if (rest.startsWith("meta l4proto 6 accept")) return true;
    const ports = /^tcp dport (?:\{ ([^}]*) \}|(\S+)) accept/.exec(rest);
    if ((ports?.[1] ?? ports?.[2])?.split(", ").includes(String(port)) === true) return true;
  }
  return false;
}

describe("the file of a host", () => {
  it("has no name that a host without /etc/protocols cannot look up", () => {
    const host = site.deployment.hosts.get("edge");
    const text = host === undefined ? "" : renderRules(rulesFor(host, [site]));
    const protocols = [...text.matchAll(/l4proto (\{[^}]*\}|\S+)/g)].map(([, words]) => words);
    expect(protocols).toContain("{ 1, 58 }");
    expect(protocols.filter(words => /[a-z]/.test(words ?? ""))).toEqual([]);
  });

  it("lets in exactly those whom the rules let in", () => {
    const ports = [22, 443, 655, 3333, 5000, 5001, 6000, 7000, 7001, 7199, 8000, 8080, 9042];
    const pair = fc.record({
      name: fc.constantFrom(...names),
      from: fc.constantFrom(...names.map(address), WORLD),
      port: fc.oneof(fc.constantFrom(...ports), fc.integer({ min: 1, max: 65_535 })),
    });
    fc.assert(
      fc.property(pair, ({ name, from, port }) => {
        const wanted = rules(name);
        expect(admitsByText(renderRules(wanted), from, port)).toBe(admits(wanted, { from, port }));
      }),
    );
  });

  it("replaces the whole table of smc, names no other, and drops what it does not let in", () => {
    const text = renderRules(rules("db1"));
    expect(text.split("\n").filter(line => /^(table|delete|flush)/.test(line))).toEqual([
      "table inet smc {}",
      "delete table inet smc",
      "table inet smc {",
    ]);
    expect(text).toContain("policy drop;");
  });
});

describe("what a host has", () => {
  const wanted = rules("db1");
  const inForce = {
    nft: true,
    loaded: "as confirmed",
    enabled: true,
    rules: renderRules(wanted),
    unit: UNIT.content,
    ssh: { from: WORLD, port: 22 },
  } as const;

  it("is in force only when it is the same, loaded, and loaded at boot", () => {
    expect(firewallState(wanted, inForce)).toMatchObject({ state: "in force", changes: [] });
    expect(firewallState(wanted, { ...inForce, enabled: false }).state).toBe("differs");
    expect(firewallState(wanted, { ...inForce, loaded: "otherwise" }).state).toBe("differs");
    expect(firewallState(wanted, { ...inForce, loaded: "not at all" }).state).toBe("open");
    expect(firewallState(wanted, { why: "no route" }).state).toBe("unknown");
    const other = firewallState(wanted, { ...inForce, rules: `${inForce.rules}tcp dport 25 accept\n` });
    expect(other).toMatchObject({ state: "differs", changes: ["- tcp dport 25 accept"] });
  });

  it("may not keep out whoever puts it there", () => {
    expect(cutsOff(wanted, inForce)).toBeUndefined();
    expect(cutsOff(wanted, { ...inForce, ssh: { from: WORLD, port: 2222 } })).toMatch(/to port 2222/);
    expect(cutsOff(wanted, { ...inForce, ssh: { from: address("compute1"), port: 22 } })).toMatch(
      /10\.1\.0\.7/,
    );
  });
});
