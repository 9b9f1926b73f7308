import type { CommanderError } from "commander";
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
  const help = verb === undefined ? "smc --help" : `smc ${verb.path.join(" ")} --help`;
  const near = error.code === "commander.unknownCommand" ? byPrefix(first, commands) : undefined;
  const meant = near ?? suggestion.replace(/^\(|\)$/g, "");
  return new OperatorError(first, { code: "USAGE", hint: meant === "" ? help : `${meant} See ${help}` });
}

/** commander suggests by distance, so that `stat` gives `start`; who types a verb in part means one that begins so. */
function byPrefix(message: string, commands: readonly CommandSpecification[]): string | undefined {
  const typed = /'(.+)'/.exec(message)?.[1];
  if (typed === undefined) return undefined;
  const verbs = new Set(commands.flatMap(({ path }) => path).filter(word => word.startsWith(typed)));
  return verbs.size === 0 ? undefined : `Did you mean ${[...verbs].join(" or ")}?`;
}

/** `smc secrets` alone: a word that needs another one after it. */
function incompleteError(words: readonly string[]): OperatorError {
  const word = words.find(candidate => !candidate.startsWith("-")) ?? "";
  return new OperatorError(`smc ${word} needs another word`, { code: "USAGE", hint: `smc ${word} --help` });
}
