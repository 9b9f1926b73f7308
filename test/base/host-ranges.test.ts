import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandNames, expandRange, foldNames, splitPatterns } from "../../src/base/host-ranges.ts";

const names = (pattern: string) => expandRange(pattern).map(({ name }) => name);

describe("expandRange", () => {
  it("gives plain text back as one name", () => {
    expect(expandRange("localhost")).toEqual([{ name: "localhost", captures: [] }]);
  });

  it("expands the real site, which has no cloud8 and cloud9", () => {
    const expanded = names("cloud[1-7,10-21]");
    expect(expanded).toHaveLength(19);
    expect(expanded.slice(6, 8)).toEqual(["cloud7", "cloud10"]);
  });

  it("keeps zero padding, also past the width", () => {
    expect(names("[08-11]salvus")).toEqual(["08salvus", "09salvus", "10salvus", "11salvus"]);
    expect(names("db[098-101]")).toEqual(["db098", "db099", "db100", "db101"]);
  });

  it("gives the product of several brackets, with both captures", () => {
    expect(expandRange("cassandra[1-2]dc[2-3]")).toEqual([
      { name: "cassandra1dc2", captures: ["1", "2"] },
      { name: "cassandra1dc3", captures: ["1", "3"] },
      { name: "cassandra2dc2", captures: ["2", "2"] },
      { name: "cassandra2dc3", captures: ["2", "3"] },
    ]);
  });

  it.each([
    ["web[3-1]", "runs backwards"],
    ["web[1-07]", "write 01-07"],
    ["web[]", "neither a number"],
    ["web[a-c]", "neither a number"],
    ["web[1-2", "no partner"],
    ["web1]", "no partner"],
    ["web[1-2-3]", "neither a number"],
    ["web[1-1000000000]", "more than 100000"],
    ["web[1-1000][1-1000]", "more than 100000"],
    ["web[1-99999999999999999999]", "too long"],
  ])("refuses %s", (pattern, reason) => {
    expect(() => expandRange(pattern)).toThrow(reason);
  });
});

describe("splitPatterns", () => {
  it("splits only outside brackets", () => {
    expect(splitPatterns("web[1,3], db1,,x[1-2]y[3,4]")).toEqual(["web[1,3]", "db1", "x[1-2]y[3,4]"]);
  });
});

describe("foldNames", () => {
  it.each([
    [["cloud1", "cloud2", "cloud3", "cloud10"], "cloud[1-3,10]"],
    [["compute1a", "compute2a", "web1"], "compute[1-2]a,web1"],
    [["01salvus", "02salvus"], "[01-02]salvus"],
    [["b09", "b10", "b9"], "b[9,09-10]"],
    [["cassandra1dc2", "cassandra1dc3", "cassandra2dc2", "cassandra2dc3"], "cassandra[1-2]dc[2-3]"],
    [["hub0@web1", "hub1@web1", "hub0@web2", "hub1@web2"], "hub[0-1]@web[1-2]"],
    [["web3", "web3"], "web3"],
    [[], ""],
  ])("writes %j as %s", (list, short) => {
    expect(foldNames(list)).toBe(short);
  });

  it("sorts numbers by value, not as text", () => {
    expect(foldNames(["web10", "web2", "web1"])).toBe("web[1-2,10]");
  });

  it("is undone by expandNames, as a set", () => {
    const name = fc.stringMatching(/^[a-c]{0,2}[0-9]{1,3}[a-b]{0,1}[0-9]{0,2}$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), list => {
        const unfolded = expandNames(foldNames(list));
        expect(unfolded.toSorted()).toEqual([...new Set(list)].toSorted());
      }),
    );
  });

  it("is undone for long digits too, which it leaves alone", () => {
    const list = ["a12345678901234567890", "a12345678901234567891"];
    expect(foldNames(list)).toBe(list.join(","));
  });
});
