import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schemaText } from "../../script/schema/json-schema.ts";
import { load } from "./support.ts";

const conf = (name: string) => readFileSync(new URL(`../../conf/${name}`, import.meta.url), "utf8");

describe("conf/services.schema.json", () => {
  it("is what the schema of smc gives (else: node script/schema.ts)", () => {
    expect(conf("services.schema.json")).toBe(schemaText());
  });

  it("lets references stand for numbers, and refuses unknown keys", () => {
    const schema = JSON.parse(schemaText()) as {
      additionalProperties: unknown;
      $defs: { ports: { properties: { hub: { anyOf: unknown[] } } } };
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.$defs.ports.properties.hub.anyOf).toMatchObject([
      { type: "integer", minimum: 1, maximum: 65_535 },
      { type: "string" },
    ]);
  });
});

describe("conf/services.yaml", () => {
  const { inventory, problems } = load(conf("services.yaml"), {
    resolvers: { env: () => "/here", json: () => ({ failed: "none" }), hasSecret: () => true },
  });

  it("has neither errors nor warnings", () => {
    expect(problems).toEqual([]);
  });

  it("has the site, its copy and a laptop, and takes the laptop when nothing is said", () => {
    expect([...(inventory?.deployments.keys() ?? [])]).toEqual(["cloud", "storm", "local"]);
    expect(inventory?.defaultDeployment).toBe("local");
  });

  it("has a ring of three on loopback in local", () => {
    const local = inventory?.deployments.get("local");
    const ring = local?.instances.filter(({ service }) => service === "cassandra") ?? [];
    expect(ring.map(({ host }) => local?.hosts.get(host)?.address)).toEqual([
      "127.0.0.1",
      "127.0.0.2",
      "127.0.0.3",
    ]);
  });
});
