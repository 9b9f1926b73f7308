import { describe, expect, it } from "vitest";
import { describeOwed, readPendingHints } from "../../src/cassandra/pending-hints.ts";

describe("pending hints", () => {
  it("are owed to nodes that are there, not to those that are away or forgotten", () => {
    const hints = readPendingHints([
      { address: "10.0.0.1", files: 1 },
      { address: "10.0.0.2", files: 3 },
      { address: "10.0.0.3", files: 2 },
      { address: null, files: 7 },
      { address: "10.0.0.4", files: 0 },
    ]);
    expect(describeOwed(hints, ["10.0.0.2"])).toBe(
      "writes are kept as hints for 10.0.0.1 (1 file), 10.0.0.3 (2 files)",
    );
    expect(describeOwed(hints, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])).toBeUndefined();
  });

  it("are not guessed from rows of another kind", () => {
    expect(() => readPendingHints([{ address: "10.0.0.1", files: "many" }])).toThrow(/pending_hints/);
  });
});
