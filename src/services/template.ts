import { parse } from "shell-quote";
import { OperatorError } from "../base/operator-error.ts";
import type { Content, ContentPart } from "../plan/model.ts";
import type { Command } from "./fields.ts";

/** The values of the placeholders of an instance: `{port}`, `{host}`, … */
export type Values = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\{\{|\}\}|\{([a-z_][\w.]*)\}/gi;
const SECRET = /\{secret:([\w./-]+)\}/g;

/**
 * Splits a command into words, as a shell would but with nothing that only a shell can do, and then fills in each word, so
 * a value with spaces stays one word. Throws an OperatorError for pipes and the like, and for unknown placeholders.
 */
export function commandWords(command: Command, values: Values): string[] {
  const words = typeof command === "string" ? splitWords(command) : command;
  return words.map(word => fill(word, values));
}

/** Whether a command has a placeholder anywhere. */
export function hasPlaceholder(command: Command): boolean {
  return [command].flat().some(word => [...word.matchAll(PLACEHOLDER)].some(match => match[1] !== undefined));
}

/** Fills in `{name}`; `{{` and `}}` are braces. Throws an OperatorError that lists the names for one that is unknown. */
export function fill(text: string, values: Values): string {
  return text.replaceAll(PLACEHOLDER, (found, name: string | undefined) => {
    if (name === undefined) return found.charAt(0);
    const value = values[name];
    if (value !== undefined) return String(value);
    throw new OperatorError(`{${name}} means nothing here`, {
      code: "PLACEHOLDER_UNKNOWN",
      hint: `write one of ${Object.keys(values)
        .sort()
        .map(known => `{${known}}`)
        .join(" ")}, or {{${name}}} for the braces themselves`,
    });
  });
}

/**
 * Fills in the text of a file: known names and `{secret:NAME}` only, since files of other programs have braces of their
 * own. A secret stays a reference until the file is written.
 */
export function fillFile(text: string, values: Values): Content {
  const parts: ContentPart[] = [];
  let end = 0;
  for (const match of text.matchAll(SECRET)) {
    parts.push(fillKnown(text.slice(end, match.index), values), { secret: match[1] ?? "" });
    end = match.index + match[0].length;
  }
  return [...parts, fillKnown(text.slice(end), values)].filter(part => part !== "");
}

function fillKnown(text: string, values: Values): string {
  return text.replaceAll(/\{([a-z_][\w.]*)\}/gi, (found, name: string) => String(values[name] ?? found));
}

function splitWords(command: string): string[] {
  return parse(command, key => `$${key}`).map(word => {
    if (typeof word === "string") return word;
    if ("op" in word && word.op === "glob") return word.pattern;
    const what = "op" in word ? word.op : `#${word.comment}`;
    throw new OperatorError(
      `"${what}" in the command ${JSON.stringify(command)} is for a shell, and none runs it`,
      {
        code: "COMMAND_NEEDS_SHELL",
        hint: `write it as a list: ["sh", "-c", ${JSON.stringify(command)}]`,
      },
    );
  });
}
