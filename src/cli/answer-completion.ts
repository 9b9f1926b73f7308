import { parseArgs } from "node:util";
import type { Io } from "../commands/model.ts";
import { completeWords, type CompletionRequest } from "./complete.ts";
import { readGlobalOptions } from "./global-options.ts";

/** What the completion scripts of the shells call (src/commands/completion.ts): one candidate a line, a tab, its meaning. */
export async function answerCompletion(
  words: readonly string[],
  io: Io,
  commands: CompletionRequest["commands"],
): Promise<void> {
  const names = async () => {
    const { knownNames } = await import("../commands/known-names.ts");
    return knownNames({ io, global: readGlobalOptions(namedIn(words), io.env), options: {}, argv: [] });
  };
  for (const { word, meaning } of await completeWords({ words, commands, names })) {
    io.stdout.write(meaning === "" ? `${word}\n` : `${word}\t${meaning}\n`);
  }
}

/** The file and the deployment that the words so far name; they are not yet words that commander would accept. */
function namedIn(words: readonly string[]): Record<string, unknown> {
  const { values } = parseArgs({
    args: words.slice(0, -1),
    strict: false,
    options: { file: { type: "string", short: "f" }, deployment: { type: "string", short: "d" } },
  });
  return { file: values.file, deployment: values.deployment };
}
