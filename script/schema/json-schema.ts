import { toJsonSchema } from "@valibot/to-json-schema";
import { definitionsOf, fileSchemaOf } from "../../src/inventory/schema/file.ts";
import { formats } from "../../src/services/formats.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Record<string, Json>;

/** `${…}` may stand for any value that is not text already. */
const REFERENCE = { type: "string", pattern: "\\$\\{.+\\}", description: "filled in by smc" } as const;

/** The text of conf/services.schema.json: what editors check and complete while somebody writes a services file. */
export function schemaText(): string {
  const { services, ...parts } = definitionsOf(formats);
  const definitions = { ...parts, ...services };
  const schema = toJsonSchema(fileSchemaOf({ services, ...parts }), {
    typeMode: "input",
    errorMode: "ignore",
    definitions,
  });
  const loose = withReferences(JSON.parse(JSON.stringify(schema)) as Json) as JsonObject;
  const titled = { ...loose, title: "The services file of smc" };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

/** Lets every part that is not just any text be a reference too. */
function withReferences(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withReferences);
  if (!isObject(schema)) return schema;
  const { default: standard, ...rest } = schema;
  const below = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, partOf(key, part)]));
  const described = standard === undefined ? below : { ...below, default: standard };
  return takesReference(schema) ? { anyOf: [described, REFERENCE] } : described;
}

function partOf(key: string, part: Json): Json {
  if (["properties", "$defs"].includes(key) && isObject(part)) {
    return Object.fromEntries(Object.entries(part).map(([name, below]) => [name, withReferences(below)]));
  }
  return ["items", "additionalProperties", "anyOf", "oneOf", "prefixItems"].includes(key)
    ? withReferences(part)
    : part;
}

function takesReference(schema: JsonObject): boolean {
  const choice = Array.isArray(schema["enum"]);
  return (
    schema["type"] === "number" || schema["type"] === "integer" || schema["type"] === "boolean" || choice
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
