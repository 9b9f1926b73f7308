import { readFileSync } from "node:fs";
import { loadInventory, type LoadRequest, type LoadResult } from "../../src/inventory/load.ts";
import type { Deployment, Inventory, Problem } from "../../src/inventory/model.ts";
import { formats } from "../../src/services/formats.ts";

export const exampleText = readFileSync(new URL("fixtures/example.yaml", import.meta.url), "utf8");

/** Loads a text with a world in which nothing is missing but environment variables and JSON files. */
export function load(text: string, request: Partial<LoadRequest> = {}): LoadResult {
  return loadInventory({
    text,
    file: "services.yaml",
    formats,
    resolvers: { env: () => undefined, json: () => ({ failed: "no such file" }), hasSecret: () => true },
    ...request,
  });
}

/** The inventory of a text that must have no errors. */
export function inventoryOf(text: string, request: Partial<LoadRequest> = {}): Inventory {
  const { inventory, problems } = load(text, request);
  if (inventory === undefined) throw new Error(problems.map(short).join("\n"));
  return inventory;
}

export function deploymentOf(text: string, name = "site"): Deployment {
  const deployment = inventoryOf(text).deployments.get(name);
  if (deployment === undefined) throw new Error(`no deployment ${name}`);
  return deployment;
}

/** `3:7 error: message | suggestion` */
export function short({ line, column, severity, message, suggestion }: Problem): string {
  return `${line}:${column} ${severity}: ${message}${suggestion === undefined ? "" : ` | ${suggestion}`}`;
}

export function problemsOf(text: string, request: Partial<LoadRequest> = {}): string[] {
  return load(text, request).problems.map(short);
}
