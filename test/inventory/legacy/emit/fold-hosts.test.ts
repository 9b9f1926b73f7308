import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asMapping } from "../../../../src/inventory/legacy/emit/common-range.ts";
import { foldHosts } from "../../../../src/inventory/legacy/emit/fold-hosts.ts";
import { writeYaml } from "../../../../src/inventory/legacy/emit/yaml.ts";
import type { PlainMap } from "../../../../src/inventory/legacy/plain.ts";
import { Problems } from "../../../../src/inventory/problems.ts";
import { expandEntries } from "../../../../src/inventory/source/expand.ts";
import { parseSource } from "../../../../src/inventory/source/parse.ts";
import { toPlain } from "../../../../src/inventory/source/value.ts";

const disks = fc.constantFrom<PlainMap>(
  { home: "8GB" },
  { home: "16GB" },
  { bup: { size: "1024GB", fs: "none" } },
  { sdd1: { device: "/dev/sdd1" } },
);

/** `compute3dc1` and its kind: names with two numbers, of which values follow the one, the other, both or none. */
const host = fc
  .record({
    prefix: fc.constantFrom("compute", "web", "db0"),
    number: fc.constantFrom("1", "2", "3", "01", "02", "10", "11"),
    site: fc.constantFrom("", "dc0", "dc1", "dc2", "a"),
    role: fc.option(fc.constantFrom("web", "compute"), { nil: undefined }),
    ram: fc.constantFrom("4GB", "8GB"),
    disks: fc.option(fc.oneof(disks, fc.constant("own")), { nil: undefined }),
    subnet: fc.constantFrom("10.1.0", "10.2.1", "10.3.2"),
  })
  .map(({ prefix, number, site, role, ram, disks: own, subnet }): [string, PlainMap] => {
    const name = `${prefix}${number}${site}`;
    const entry = {
      at: `cloud${number}`,
      vpn: `${subnet}.${Number(number)}`,
      ...(role === undefined ? {} : { role }),
      ram,
      ...(own === undefined
        ? {}
        : { disks: own === "own" ? { [name]: { device: `/dev/ssd/${name}` } } : own }),
    };
    return [name, entry];
  });

const hosts = fc.uniqueArray(host, { selector: ([name]) => name, minLength: 1, maxLength: 25 });

/** What the loader makes of the folded entries. */
function expanded(entries: ReadonlyMap<string, PlainMap>): Record<string, unknown> {
  const text = writeYaml(asMapping(foldHosts(entries), undefined), 0);
  const problems = new Problems("services.yaml", text);
  const root = parseSource(text, problems);
  const named = root === undefined ? [] : [...expandEntries(root, problems)];
  expect(problems.list()).toEqual([]);
  return Object.fromEntries(named.map(([name, { value }]) => [name, plainCopy(toPlain(value))]));
}

function plainCopy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The loader takes the zeros out of addresses. */
function withoutZeros(entries: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(entries).replaceAll(/\.0+(\d)/g, ".$1"));
}

describe("foldHosts", () => {
  it("expands to the entries that were folded", () => {
    fc.assert(
      fc.property(hosts, list => {
        expect(withoutZeros(expanded(new Map(list)))).toEqual(Object.fromEntries(list));
      }),
      { numRuns: 300 },
    );
  });

  const entry = (name: string, vpn: string) =>
    [name, { vpn, disks: { [name]: { device: `/dev/ssd/${name}` } } }] as const;

  it("lets disks follow the name of their host", () => {
    const list = [entry("db1", "10.1.1.2"), entry("db2", "10.1.2.2"), entry("db7", "10.1.7.2")];
    expect(foldHosts(new Map(list))).toEqual([
      {
        pattern: "db[1-2,7]",
        value: { vpn: "10.1.{n}.2", disks: { "db{n}": { device: "/dev/ssd/db{n}" } } },
      },
    ]);
  });

  it("takes hosts with two numbers by the one that makes fewest entries", () => {
    const list = [entry("db1dc1", "10.1.1.2"), entry("db3dc1", "10.1.3.2"), entry("db3dc2", "10.7.3.2")];
    expect(foldHosts(new Map(list)).map(({ pattern }) => pattern)).toEqual(["db[1,3]dc1", "db3dc2"]);
  });
});
