import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentText } from "./support.ts";
import { commandWords, fill, fillFile, hasPlaceholder } from "../../src/services/template.ts";

const VALUES = { port: 5000, host: "10.0.0.1", "port.web": 80 };

describe("commandWords", () => {
  it("splits as a shell does, then fills in", () => {
    expect(commandWords(`run "a b" 'c {port}' --at={host}:{port.web}`, VALUES)).toEqual([
      "run",
      "a b",
      "c 5000",
      "--at=10.0.0.1:80",
    ]);
  });

  it("keeps a value one word whatever is in it", () => {
    fc.assert(
      fc.property(fc.string(), value => {
        expect(commandWords("run {value} end", { value })).toEqual(["run", value, "end"]);
        expect(commandWords(["run", "{value}"], { value })).toEqual(["run", value]);
      }),
    );
  });

  it("leaves variables and globs to the program", () => {
    expect(commandWords("run $HOME *.txt", VALUES)).toEqual(["run", "$HOME", "*.txt"]);
  });

  it.each(["a | b", "a > b", "a && b", "a; b", "a & b"])("refuses %j, which needs a shell", command => {
    expect(() => commandWords(command, VALUES)).toThrow(/is for a shell/);
  });
});

describe("fill", () => {
  it("keeps doubled braces as braces", () => {
    expect(fill("{{port}} {port}", VALUES)).toBe("{port} 5000");
  });

  it("lists what there is when a name is unknown", () => {
    expect(() => fill("{prot}", VALUES)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("{host} {port} {port.web}") }),
    );
  });
});

describe("fillFile", () => {
  it("touches known names and secrets only", () => {
    const content = fillFile("{port} {other} {secret:a/b.pem}{secret:c} {", VALUES);
    expect(content).toEqual(["5000 {other} ", { secret: "a/b.pem" }, { secret: "c" }, " {"]);
  });

  it("gives back any text without braces", () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const plain = text.replaceAll(/[{}]/g, "");
        expect(contentText(fillFile(plain, VALUES))).toBe(plain);
      }),
    );
  });
});

describe("hasPlaceholder", () => {
  it("sees one in a line or in a list, and none in doubled braces", () => {
    expect(hasPlaceholder("a {port}")).toBe(true);
    expect(hasPlaceholder(["a", "{port}"])).toBe(true);
    expect(hasPlaceholder("a {{port}}")).toBe(false);
  });
});
