import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperatorError } from "../../src/base/operator-error.ts";
import { select, type SelectableHost } from "../../src/inventory/selection.ts";

const list: SelectableHost[] = [
  { name: "cloud1", kind: "machine", role: undefined, tags: ["admin"], dc: "DC0" },
  { name: "cloud3", kind: "machine", role: undefined, tags: [], dc: "DC1" },
  { name: "web1", kind: "vm", role: "web", tags: [], dc: "DC0" },
  { name: "web3", kind: "vm", role: "web", tags: ["admin"], dc: "DC1" },
  { name: "web10", kind: "vm", role: "web", tags: [], dc: "DC0" },
  { name: "compute1a", kind: "vm", role: "compute", tags: [], dc: "DC0" },
];
const hosts = new Map(list.map(host => [host.name, host]));
const chosen = (...words: string[]) => select(hosts, words).map(({ name }) => name);

function failure(...words: string[]): OperatorError {
  try {
    select(hosts, words);
  } catch (error) {
    if (error instanceof OperatorError) return error;
  }
  throw new Error(`nothing was refused for ${words.join(" ")}`);
}

describe("select", () => {
  it.each([
    [
      ["web10", "cloud1"],
      ["cloud1", "web10"],
    ],
    [["web[1,3]"], ["web1", "web3"]],
    [["web1,web3 cloud1"], ["cloud1", "web1", "web3"]],
    [["web*"], ["web1", "web3", "web10"]],
    [["web?"], ["web1", "web3"]],
    [["*[1,3]"], ["cloud1", "cloud3", "web1", "web3"]],
    [["@web"], ["web1", "web3", "web10"]],
    [["@admin"], ["cloud1", "web3"]],
    [["@machines"], ["cloud1", "cloud3"]],
    [["@vms", "!@web"], ["compute1a"]],
    [["@DC1"], ["cloud3", "web3"]],
    [
      ["@web", "!web10"],
      ["web1", "web3"],
    ],
    [["!web[1,3,10]"], ["cloud1", "cloud3", "compute1a"]],
    [[], list.map(({ name }) => name)],
    [["@all"], list.map(({ name }) => name)],
  ])("%j gives %j", (words, expected) => {
    expect(chosen(...words)).toEqual(expected);
  });

  it.each([
    ["wbe1", "did you mean web1?"],
    ["web", "did you mean @web?"],
    ["@webb", "did you mean @web?"],
    ["@machine", "did you mean @machines?"],
    ["@nothing-like-it", "groups here:"],
    ["zebra*", "hosts here: cloud[1,3],web[1,3,10],compute1a"],
  ])("refuses %s and says: %s", (word, hint) => {
    const error = failure(word);
    expect(error.code).toBe("SELECTION_UNKNOWN");
    expect(error.hint).toContain(hint);
  });

  it("refuses a range of which a part is missing, naming that part", () => {
    expect(failure("web[1-10]").message).toBe("there are no hosts web[2,4-9]");
  });

  it("refuses an exclusion that matches nothing, since it would widen the work", () => {
    expect(failure("@web", "!web33").code).toBe("SELECTION_UNKNOWN");
  });

  it("refuses an empty result", () => {
    expect(failure("web1", "!@web").code).toBe("SELECTION_EMPTY");
  });

  it("does not take a dot or plus in a glob for a regular expression", () => {
    expect(failure("we.1*").code).toBe("SELECTION_UNKNOWN");
  });

  it("gives every host once, in file order, whatever the words and their order", () => {
    const word = fc.constantFrom(...hosts.keys(), "@web", "@DC0", "web*", "@all");
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), words => {
        const result = chosen(...words);
        expect(result).toEqual(list.map(({ name }) => name).filter(name => result.includes(name)));
        expect(chosen(...words.toReversed())).toEqual(result);
      }),
    );
  });
});
