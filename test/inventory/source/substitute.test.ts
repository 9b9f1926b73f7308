import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problems } from "../../../src/inventory/problems.ts";
import { Substitution, type Resolvers } from "../../../src/inventory/source/substitute.ts";
import { eachScalar, fromPlain, toPlain, type MapValue } from "../../../src/inventory/source/value.ts";

const environment: Record<string, string> = {
  USER: "me",
  PORT: "8400",
  ZIP: "007",
  FLAG: "true",
  FILE: "info",
};
const resolvers: Resolvers = {
  env: name => environment[name],
  json: path =>
    path === "info.json" ? { value: { id: 7, list: ["a", { "x/y": "b" }] } } : { failed: "no such file" },
  hasSecret: () => true,
};
const vars = {
  ram: "8GB",
  image: { newest: "salvus-*" },
  twice: "${ram}-${ram}",
  loop: "${pool}",
  pool: "${loop}",
  missing: "${env:NOPE}",
};

function fill(text: string): { value: unknown; missing: string | undefined; problems: string[] } {
  const problems = new Problems("services.yaml", "");
  const substitution = new Substitution(fromPlain(vars, 0) as MapValue, { resolvers, problems });
  const filled = substitution.fill(fromPlain({ key: text }, 0));
  let missing: string | undefined;
  eachScalar(filled, scalar => (missing = scalar.missing));
  const value = (toPlain(filled) as Record<string, unknown>)["key"];
  return { value, missing, problems: problems.list().map(({ message }) => message) };
}

describe("what is filled in", () => {
  it.each([
    ["plain", "plain"],
    ["${ram}", "8GB"],
    ["at ${ram}!", "at 8GB!"],
    ["${ ram }", "8GB"],
    ["${twice}", "8GB-8GB"],
    ["${image}", { newest: "salvus-*" }],
    ["${env:USER}", "me"],
    ["${env:PORT}", 8400],
    ["${env:ZIP}", "007"],
    ["${env:FLAG}", true],
    ["/home/${env:USER}/${env:PORT}", "/home/me/8400"],
    ["${json:info.json#/id}", 7],
    ["${json:info.json#/list/1/x~1y}", "b"],
    ["${json:${env:FILE}.json#/list/0}", "a"],
    ["${secret:cassandra/hub}", { secret: "cassandra/hub" }],
    ["secret:tls/site.pem", { secret: "tls/site.pem" }],
    ["$${ram} costs $5", "${ram} costs $5"],
    ["secret: a story", "secret: a story"],
  ])("%s becomes %j", (text, expected) => {
    expect(fill(text)).toEqual({ value: expected, missing: undefined, problems: [] });
  });

  it.each([
    ["${env:NOPE}", "the environment has no NOPE"],
    ["/a/${env:NOPE}/b", "the environment has no NOPE"],
    ["${missing}", "the environment has no NOPE"],
    ["x${missing}", "the environment has no NOPE"],
    ["${json:other.json}", "other.json: no such file"],
    ["${json:info.json#/nothing}", "info.json has nothing at /nothing"],
    ["${json:${env:NOPE}/x}", "the environment has no NOPE"],
  ])("%s has no value here, which is kept for the deployment that uses it", (text, missing) => {
    expect(fill(text)).toMatchObject({ missing, problems: [] });
  });

  it.each([
    ["${rma}", 'there is no "rma" in vars'],
    ["${loop}", 'the variable "loop" is made from itself'],
    ["${open", 'a "${" has no "}"'],
    ["a ${image}", "a list or mapping cannot be part of a text"],
    ["a ${secret:x}", "a secret must be the whole value"],
    ["${secret:../x}", '"../x" is not the name of a secret'],
    ["${exec:rm -rf}", '"${exec:rm -rf}" is not one of the things that are filled in'],
    ["${1 + 1}", 'there is no "1 + 1" in vars'],
  ])("%s is refused: %s", (text, problem) => {
    expect(fill(text).problems).toEqual([problem]);
  });

  it("leaves every text without a dollar as it is, and never throws", () => {
    fc.assert(
      fc.property(
        fc.string().filter(text => !text.includes("${") && !text.startsWith("secret:")),
        text => {
          expect(fill(text).value).toBe(text);
        },
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom("$", "{", "}", "${", "env:", "ram", "#/", ":")), parts => {
        expect(() => fill(parts.join(""))).not.toThrow();
      }),
    );
  });
});
