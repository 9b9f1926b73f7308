import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { element, escapeXml, renderXml } from "../../src/machines/xml.ts";

describe("an XML document", () => {
  it("is written with its attributes and children in order", () => {
    const tree = element("disk", { type: "file", size: 3 }, [
      element("source", { file: "/a b" }),
      element("name", {}, ["web1"]),
    ]);
    expect(renderXml(tree)).toBe(`<disk type="file" size="3">
  <source file="/a b"/>
  <name>web1</name>
</disk>
`);
  });

  it("cannot be left by what stands in it", () => {
    const hostile = `"/><x a='1'>&amp;\n`;
    const written = renderXml(element("name", { note: hostile }, [hostile]));
    expect(written).toBe(
      `<name note="&quot;/&gt;&lt;x a=&apos;1&apos;&gt;&amp;amp;&#10;">&quot;/&gt;&lt;x a=&apos;1&apos;&gt;&amp;amp;&#10;</name>\n`,
    );
  });

  it("gives every text back that XML can hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite" }), text => {
        fc.pre(!/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/u.test(text));
        const escaped = escapeXml(text);
        expect(escaped).not.toMatch(/[<>"'\n\t\r]/);
        expect(unescape(escaped)).toBe(text);
      }),
    );
  });

  it("refuses what it cannot hold", () => {
    expect(() => escapeXml("a\u0000b")).toThrow("XML has no way to write");
  });
});

/** As XML 1.0 says, sections 4.1 and 4.6. */
function unescape(text: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code?: string, name = "") =>
    code === undefined ? (entities[name as string] ?? "?") : String.fromCodePoint(Number(code)),
  );
}
