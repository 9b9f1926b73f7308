import { describe, expect, it } from "vitest";
import { parseCassandraVersion, type CassandraVersion } from "../../src/cassandra/version.ts";
import { explainRefusal, refusalOfKey } from "../../src/cassandra/yaml-keys.ts";

describe("refusalOfKey", () => {
  it("names a key that a release no longer takes, and the last that did", () => {
    expect(refusalOfKey("thrift_framed_transport_size_in_mb", release("4.1.10"))).toEqual({
      kind: "removed",
      last: "3.11",
    });
    expect(refusalOfKey("thrift_framed_transport_size_in_mb", release("3.11.17"))).toBeUndefined();
  });

  it("names a key that a release does not take yet", () => {
    expect(refusalOfKey("storage_compatibility_mode", release("4.1.10"))).toEqual({
      kind: "too-new",
      first: "5.0",
    });
    expect(refusalOfKey("storage_compatibility_mode", release("5.0.6"))).toBeUndefined();
  });

  it("takes the old names that a release converts", () => {
    expect(refusalOfKey("commitlog_total_space_in_mb", release("5.0.6"))).toBeUndefined();
    expect(refusalOfKey("commitlog_total_space", release("4.0.17"))).toEqual({
      kind: "too-new",
      first: "4.1",
    });
  });

  it("suggests the key that was meant", () => {
    expect(refusalOfKey("concurent_reads", release("5.0.6"))).toEqual({
      kind: "unknown",
      suggestion: "concurrent_reads",
    });
    expect(refusalOfKey("colour", release("5.0.6"))).toEqual({ kind: "unknown", suggestion: undefined });
  });

  it("does not take a key of JavaScript's own for one of Cassandra's", () => {
    expect(refusalOfKey("constructor", release("5.0.6"))?.kind).toBe("unknown");
  });

  it("takes a release that is newer than its table for the newest in it", () => {
    expect(refusalOfKey("storage_compatibility_mode", release("5.1.0"))).toBeUndefined();
    expect(refusalOfKey("start_rpc", release("6.0.0"))).toEqual({ kind: "removed", last: "3.11" });
  });
});

describe("explainRefusal", () => {
  it.each([
    ["start_rpc", "start_rpc was removed after Cassandra 3.11, and Cassandra 4.1.10 does not start with it"],
    [
      "vector_type_enabled",
      "vector_type_enabled came with Cassandra 5.0, and Cassandra 4.1.10 does not start with it",
    ],
    ["concurent_reads", "Cassandra 4.1.10 has no setting concurent_reads; did you mean concurrent_reads?"],
    ["colour", "Cassandra 4.1.10 has no setting colour"],
  ])("says what is wrong with %s", (key, message) => {
    const version = release("4.1.10");
    const refusal = refusalOfKey(key, version);
    expect(refusal && explainRefusal(key, refusal, version)).toBe(message);
  });
});

function release(text: string): CassandraVersion {
  const version = parseCassandraVersion(text);
  if (version === undefined) throw new Error(`${text} is no version`);
  return version;
}
