import { describe, expect, it } from "vitest";
import { loadInventory } from "../../../src/inventory/load.ts";
import { formats } from "../../../src/services/formats.ts";

describe("cassandra in a services file", () => {
  it("has the keys that its release does not take pointed at, in words of their own", () => {
    expect(problemsOf(`version: "5.0.6", config: {start_rpc: true, concurent_reads: 3}`)).toEqual([
      "5:64 start_rpc was removed after Cassandra 3.11, and Cassandra 5.0.6 does not start with it",
      "5:81 Cassandra 5.0.6 has no setting concurent_reads; did you mean concurrent_reads?",
    ]);
  });

  it("is not held to a release that it does not name", () => {
    expect(problemsOf("config: {start_rpc: true}")).toEqual([]);
  });
});

/** The errors of a site whose cassandra has these settings, as `line:column message`. */
function problemsOf(settings: string): string[] {
  const text = [
    "smc: 1",
    "deployments:",
    "  lab:",
    "    machines: {db1: {dc: DC0, vpn: 10.1.1.2}}",
    `    services: {cassandra: {at: db1, ${settings}}}`,
  ].join("\n");
  const resolvers = { env: () => undefined, json: () => ({ value: {} }), hasSecret: () => true };
  return loadInventory({ text, file: "services.yaml", formats, resolvers })
    .problems.filter(({ severity }) => severity === "error")
    .map(({ line, column, message }) => `${line}:${column} ${message}`);
}
