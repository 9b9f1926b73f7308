import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLinePrefixer } from "../../../src/commands/logs/line-prefixer.ts";

describe("createLinePrefixer", () => {
  it("puts the name before every line, however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n") })), chunks => {
        const written: string[] = [];
        const prefixer = createLinePrefixer("hub0@web1", line => written.push(line));
        chunks.forEach(chunk => prefixer.add(chunk));
        prefixer.end();
        const lines = chunks.join("").split("\n");
        if (lines.at(-1) === "") lines.pop();
        expect(written).toEqual(lines.map(line => `hub0@web1: ${line}\n`));
      }),
    );
  });
});
