import { describe, expect, it } from "vitest";
import { normaliseWords } from "../../src/cli/normalise-words.ts";

describe("normaliseWords", () => {
  it.each([
    ["logs hub -f", "logs hub --follow"],
    ["-f site.yaml logs hub -f web1", "-f site.yaml logs hub --follow web1"],
    ["-d logs status -f site.yaml", "-d logs status -f site.yaml"],
    ["run -- tail -f logs -f", "run -- tail -f logs -f"],
    ["restart hub --parallel web1", "restart hub --parallel=all web1"],
    ["restart hub --parallel 3 web1", "restart hub --parallel=3 web1"],
    ["help secrets init", "secrets init --help"],
  ])("%s is read as %s", (typed, read) => {
    expect(normaliseWords(typed.split(" "))).toEqual(read.split(" "));
  });

  it("takes nothing at all for a wish for help", () => {
    expect(normaliseWords([])).toEqual(["--help"]);
  });
});
