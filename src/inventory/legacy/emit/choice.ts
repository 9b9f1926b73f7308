import { fingerprint, isPlainMap, type Plain } from "../plain.ts";
import { fillTemplate, templateOfName, templatesOf, type TextTemplate } from "./template.ts";

/**
 * What a key has for some hosts: a value, a text that follows the numbers of their names (`10.1.{n}.2`), or a mapping in
 * which each host's own name stands (`/dev/ssd/db{n}`), here as `NAME`.
 */
export type Choice = { value: Plain } | { template: TextTemplate } | { named: Plain };

/** Stands for the name of a host; no text of YAML has it. */
const NAME = "\u0000";

/** Everything that the value of a host can be written as, the plain value first. */
export function choicesOf(key: string, value: Plain | undefined, name: string): readonly Choice[] {
  if (value === undefined) return [];
  const templates = templatesOf(key, value, name);
  if (templates.length > 0) return templates.map(template => ({ template }));
  const named = isPlainMap(value) ? replaceText(value, { from: name, to: NAME }) : value;
  return fingerprint(named) === fingerprint(value) ? [{ value }] : [{ value }, { named }];
}

/** Equal for choices that are written the same. */
export function idOf(choice: Choice): string {
  if ("template" in choice) return joined(choice.template);
  return "named" in choice ? `named ${fingerprint(choice.named)}` : fingerprint(choice.value);
}

/** Whether the value changes from host to host. */
export function follows(choice: Choice): boolean {
  return (
    "named" in choice || ("template" in choice && choice.template.some(part => typeof part === "number"))
  );
}

/** The value as it is written for a range of hosts. */
export function writeChoice(choice: Choice, pattern: string): Plain {
  if ("template" in choice) return fillTemplate(choice.template, pattern);
  if ("value" in choice) return choice.value;
  return replaceText(choice.named, { from: NAME, to: fillTemplate(templateOfName(pattern), pattern) });
}

function replaceText(value: Plain, change: { from: string; to: string }): Plain {
  const { from, to } = change;
  if (typeof value === "string") return value.replaceAll(from, () => to);
  if (!isPlainMap(value)) return value;
  const entries = Object.entries(value).map(
    ([key, below]) => [key.replaceAll(from, () => to), replaceText(below, change)] as const,
  );
  return Object.fromEntries(entries);
}

/** The same text for the same template, however its plain parts were split. */
function joined(template: TextTemplate): string {
  return `template ${template.map(part => (typeof part === "number" ? `\u0000${part}\u0000` : part)).join("")}`;
}
