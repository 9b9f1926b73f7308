import { array, assert, constantFrom, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputTail } from "../../src/transport/output-tail.ts";

function tailOf(chunks: readonly string[], limit: number): ReturnType<OutputTail["result"]> {
  const tail = new OutputTail(limit);
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail.result();
}

describe("OutputTail", () => {
  it("is empty without output", () => {
    expect(tailOf([], 10)).toEqual({ text: "", cut: 0 });
  });

  it("keeps everything within the limit, characters split between chunks included", () => {
    const bytes = Buffer.from("größe\n");
    const tail = new OutputTail(100);
    for (const byte of bytes) tail.add(Buffer.from([byte]));
    expect(tail.result()).toEqual({ text: "größe\n", cut: 0 });
  });

  it("starts at a line after a cut and counts what is gone", () => {
    expect(tailOf(["first\n", "second\n", "third\n"], 10)).toEqual({ text: "third\n", cut: 13 });
    expect(tailOf(["no line at all"], 4)).toEqual({ text: " all", cut: 10 });
  });

  it("always accounts for every byte, within the limit", () => {
    const chunks = array(string({ unit: constantFrom("a", "b", "\n") }));
    const rule = property(chunks, integer({ min: 1, max: 20 }), (chunks, limit) => {
      const all = chunks.join("");
      const { text, cut } = tailOf(chunks, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(all.slice(cut)).toBe(text);
      expect(cut > 0).toBe(all.length > limit);
    });
    assert(rule);
  });
});
