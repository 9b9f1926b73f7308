import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { manPage } from "../../script/reference/man-page.ts";
import { markdownReference } from "../../script/reference/markdown.ts";
import { commandTable } from "../../src/cli/commands.ts";
import { defineCommand } from "../../src/cli/specification.ts";

const verb = defineCommand({
  path: ["keep", "going"],
  group: "The fleet",
  summary: "Keep -x and .y and \\z",
  description: ".a line with a dot first",
  arguments: [{ name: "host", summary: "where", required: false, variadic: true }],
  options: [{ flags: "--mode <mode>", summary: "how", choices: ["a", "b"] }],
  examples: [{ command: "keep going web1", summary: "on web1" }],
  mutates: true,
  load: () => Promise.resolve(() => Promise.resolve(0 as const)),
});

describe("the generated pages", () => {
  it.each([
    ["docs/cli.md", markdownReference],
    ["docs/smc.1", manPage],
  ])("%s is what the command table says (else: node script/reference.ts)", (file, write) => {
    expect(readFileSync(file, "utf8")).toBe(write(commandTable));
  });

  it("has words, options, choices and examples of a verb in the reference", () => {
    const page = markdownReference([verb]);
    expect(page).toContain("### smc keep going");
    expect(page).toContain("smc keep going [host...]");
    expect(page).toContain("- `--mode <mode>`: how: a, b");
    expect(page).toContain("smc keep going web1  # on web1");
  });

  it("escapes what roff would take for its own", () => {
    const page = manPage([verb]);
    expect(page).toContain("Keep \\-x and .y and \\ez.");
    expect(page).toContain("\\&.a line with a dot first");
  });
});
