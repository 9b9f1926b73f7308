import { WITHOUT_NUMBER } from "./global-options.ts";

const FLAGS_WITH_VALUE = new Set(["-f", "--file", "-d", "--deployment", "--on"]);

/**
 * The words of the command line as commander should read them:
 * - `--parallel web1` keeps `web1` a host, only a number is taken as its value;
 * - `logs hub -f` follows, as `-f` does after this word in every tool; before it, `-f` is the services file;
 * - `help secrets init` becomes `secrets init --help`; nothing at all, and `help` alone, become `--help`.
 *
 * Words after `--` belong to the command that smc passes on and stay as they are.
 */
export function normaliseWords(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  const passedOn = end === -1 ? [] : argv.slice(end);
  return [...bindParallel(followLogs(expandHelp(own))), ...passedOn];
}

/** True when `flag` stands among the words that are smc's own. For use where the words cannot be parsed. */
export function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes(flag);
}

function expandHelp(words: readonly string[]): readonly string[] {
  if (words.length === 0) return ["--help"];
  return words[0] === "help" ? [...words.slice(1), "--help"] : words;
}

function followLogs(words: readonly string[]): readonly string[] {
  const verb = words.findIndex(
    (word, index) => word === "logs" && !FLAGS_WITH_VALUE.has(words[index - 1] ?? ""),
  );
  return verb === -1
    ? words
    : words.map((word, index) => (index > verb && word === "-f" ? "--follow" : word));
}

function bindParallel(words: readonly string[]): string[] {
  const bound: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const next = words[index + 1] ?? "";
    if (word !== "--parallel") bound.push(word);
    else if (/^\d+$/.test(next)) bound.push(`--parallel=${words[++index]}`);
    else bound.push(`--parallel=${WITHOUT_NUMBER}`);
  }
  return bound;
}
