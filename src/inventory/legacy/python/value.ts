/**
 * What an expression of the old files can be. Texts are kept as the services file writes them: `${env:NAME}` stands for an
 * environment variable, and a `${` that the old file had itself is `$${`. Whole numbers are exact, as in Python.
 */
export type PythonValue = string | bigint | number | boolean | null | Sequence | Dictionary | JsonPart;

export interface Sequence {
  kind: "list" | "tuple";
  items: readonly PythonValue[];
}

/** Keys are texts and numbers in the old files; a number is kept as its digits. */
export interface Dictionary {
  kind: "dictionary";
  entries: ReadonlyMap<string, PythonValue>;
}

/** A part of a JSON file that is read only when the deployment is used, by its JSON pointer (RFC 6901). */
export interface JsonPart {
  kind: "json";
  path: string;
  pointer: string;
}

/** A text of the old file, with what the services file would take for a reference made plain. */
export function plainText(text: string): string {
  return text.replaceAll("${", () => "$${");
}

export function reference({ path, pointer }: JsonPart): string {
  return `\${json:${path}${pointer === "" ? "" : `#${pointer}`}}`;
}

/** What the value is, for messages. */
export function kindOf(value: PythonValue): string {
  if (value === null) return "None";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "True or False";
  if (typeof value !== "object") return "a number";
  return value.kind === "json" ? "a part of a JSON file" : `a ${value.kind}`;
}

/** What Python takes for true. */
export function isTruthy(value: PythonValue): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  if (value.kind === "json") return true;
  return value.kind === "dictionary" ? value.entries.size > 0 : value.items.length > 0;
}
