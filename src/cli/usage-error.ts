import type { CommanderError } from "commander";
import { closest } from "../base/suggest.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { CommandSpecification } from "./specification.ts";

/** What commander found wrong with the words, as an error with exit code 2 and a next command. */
export function usageError(
  error: CommanderError,
  words: readonly string[],
  commands: readonly CommandSpecification[],
): OperatorError {
  const [first = "", suggestion = ""] = error.message.replace(/^error: /, "").split("\n");
  if (error.code === "commander.help") return incompleteError(words);
  const verb = commands.find(({ path }) => path.every((word, index) => words[index] === word));
  const typed = /'(.+)'/.exec(first)?.[1] ?? "";
  const group = groupOf(typed, words, commands);
  const path = verb?.path ?? (group === undefined ? [] : [group]);
  const help = ["smc", ...path, "--help"].join(" ");
  const near = error.code === "commander.unknownCommand" ? byPrefix(typed, { group, commands }) : undefined;
  const meant = near ?? suggestion.replace(/^\(|\)$/g, "");
  return new OperatorError(first, { code: "USAGE", hint: meant === "" ? help : `${meant} See ${help}` });
}

/** The word before a mistyped one that holds verbs of its own: `vpn` of `smc vpn joni`. */
function groupOf(
  typed: string,
  words: readonly string[],
  commands: readonly CommandSpecification[],
): string | undefined {
  const before = words.slice(0, Math.max(0, words.indexOf(typed)));
  return before.findLast(word => commands.some(({ path }) => path.length > 1 && path[0] === word));
}

/** commander suggests by distance, so that `stat` gives `start`; who types a verb in part means one that begins so. */
function byPrefix(
  typed: string,
  { group, commands }: { group: string | undefined; commands: readonly CommandSpecification[] },
): string | undefined {
  const candidates = commands.map(({ path }) =>
    group === undefined ? path[0] : path[0] === group ? path[1] : undefined,
  );
  const verbs = new Set(candidates.filter(word => word?.startsWith(typed) === true));
  return typed === "" || verbs.size === 0 ? undefined : `Did you mean ${[...verbs].join(" or ")}?`;
}

/** A verb that takes services has verbs below it too: what is no service may be one of these, mistyped. */
export function withVerbMeant(
  error: unknown,
  { path, word, below }: { path: readonly string[]; word: unknown; below: readonly string[] },
): unknown {
  if (!(error instanceof OperatorError) || error.code !== "SERVICE_UNKNOWN" || typeof word !== "string")
    return error;
  const near = closest(word, below);
  if (near === undefined) return error;
  const { message, code, exit, details, hint, cause } = error;
  const meant = `did you mean smc ${[...path, near].join(" ")}?`;
  return new OperatorError(message, {
    code,
    exit,
    details,
    hint: hint === undefined ? meant : `${meant} ${hint}`,
    cause,
  });
}

/** `smc secrets` alone: a word that needs another one after it. */
function incompleteError(words: readonly string[]): OperatorError {
  const word = words.find(candidate => !candidate.startsWith("-")) ?? "";
  return new OperatorError(`smc ${word} needs another word`, { code: "USAGE", hint: `smc ${word} --help` });
}
