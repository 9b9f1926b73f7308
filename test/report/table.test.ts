import { describe, expect, it } from "vitest";
import { renderTable } from "../../src/report/table.ts";

describe("renderTable", () => {
  it("aligns columns without lines, colours or trailing spaces", () => {
    const rows = [
      ["web1", "running", ""],
      ["cassandra12", "-", "unknown: connection refused"],
    ];
    expect(renderTable(["host", "state", "why"], rows)).toBe(
      [
        "HOST         STATE    WHY\n",
        "web1         running\n",
        "cassandra12  -        unknown: connection refused\n",
      ].join(""),
    );
  });

  it("counts wide characters as the terminal does", () => {
    const [, first = "", second = ""] = renderTable(
      ["a", "b"],
      [
        ["主机", "x"],
        ["abcd", "x"],
      ],
    ).split("\n");
    expect(first).toBe("主机  x");
    expect(second).toBe("abcd  x");
  });

  it("gives the headings alone for no rows", () => {
    expect(renderTable(["host"], [])).toBe("HOST\n");
  });
});
