import type { KnownNames } from "../commands/known-names.ts";
import { globalOptionGroups } from "./global-options.ts";
import type { ArgumentSpecification, CommandSpecification, OptionSpecification } from "./specification.ts";

/** Something to type next. */
export interface Candidate {
  word: string;
  meaning: string;
}

export interface CompletionRequest {
  /** The words after `smc`; the last one is being typed and may be empty. */
  words: readonly string[];
  commands: readonly CommandSpecification[];
  names: () => Promise<KnownNames>;
}

type Wanted = ArgumentSpecification["complete"];

/** What may stand where the last word is being typed. Empty where any file or text may. */
export async function completeWords({ words, commands, names }: CompletionRequest): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  if (before.includes("--")) return [];
  const { operands, option } = readWords(before, commands);
  const starting = ({ word }: Candidate) => word.startsWith(typed);
  if (option !== undefined) return (await candidatesOf(valuesOf(option), names)).filter(starting);
  const verb = verbOf(operands, commands);
  if (typed.startsWith("-")) return optionsOf(verb).filter(starting);
  if (verb === undefined) return nextWords(operands, commands).filter(starting);
  const given = operands.slice(verb.path.length);
  const wanted = argumentAt(verb.arguments ?? [], given.length);
  const candidates = wanted === undefined ? [] : await candidatesOf(wanted, names);
  return candidates.filter(candidate => starting(candidate) && !given.includes(candidate.word));
}

/** The words that are neither options nor their values, and the option whose value comes next, if one does. */
function readWords(before: readonly string[], commands: readonly CommandSpecification[]) {
  const operands: string[] = [];
  let option: OptionSpecification | undefined;
  for (const word of before) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith("-")) option = takesValue(word, verbOf(operands, commands));
    else operands.push(word);
  }
  if (operands[0] === "help") operands.shift();
  return { operands, option };
}

function takesValue(word: string, verb: CommandSpecification | undefined): OptionSpecification | undefined {
  return allOptions(verb).find(({ flags }) => flags.includes("<") && namesOf(flags).includes(word));
}

/** `-f, --file <path>` is `-f` and `--file`. */
function namesOf(flags: string): string[] {
  return flags.split(/[ ,]+/).filter(part => part.startsWith("-"));
}

function allOptions(verb: CommandSpecification | undefined): OptionSpecification[] {
  return [...(verb?.options ?? []), ...globalOptionGroups.flatMap(({ options }) => options)];
}

function optionsOf(verb: CommandSpecification | undefined): Candidate[] {
  return allOptions(verb).map(({ flags, summary }) => ({
    word: namesOf(flags).at(-1) ?? "",
    meaning: summary,
  }));
}

function verbOf(operands: readonly string[], commands: readonly CommandSpecification[]) {
  return commands.find(({ path }) => path.every((word, index) => operands[index] === word));
}

/** The verbs, and after `secrets` the words that go on from there. */
function nextWords(operands: readonly string[], commands: readonly CommandSpecification[]): Candidate[] {
  const meanings = new Map<string, string>();
  for (const { path, summary } of commands) {
    const [next, ...rest] = path.slice(operands.length);
    const fits = operands.every((word, index) => path[index] === word);
    if (next === undefined || !fits || meanings.has(next)) continue;
    meanings.set(next, rest.length === 0 ? summary : "");
  }
  if (operands.length === 0) meanings.set("help", "Explain a verb");
  return [...meanings].map(([word, meaning]) => ({ word, meaning }));
}

type Values = Pick<ArgumentSpecification, "complete" | "choices">;

function argumentAt(specifications: readonly ArgumentSpecification[], index: number): Values | undefined {
  const last = specifications.at(-1);
  return specifications[index] ?? (last?.variadic === true ? last : undefined);
}

function valuesOf({ flags, choices, complete }: OptionSpecification): Values {
  const known: Readonly<Record<string, Wanted>> = { "--deployment": "deployment", "--on": "host" };
  const wanted = complete ?? known[namesOf(flags).at(-1) ?? ""];
  return { ...(choices && { choices }), ...(wanted && { complete: wanted }) };
}

async function candidatesOf({ complete, choices }: Values, names: () => Promise<KnownNames>) {
  if (choices !== undefined) return choices.map(word => ({ word, meaning: "" }));
  if (complete === undefined) return [];
  const { services, hosts, deployments } = await names();
  const words = { service: ["all", ...services], host: hosts, deployment: deployments }[complete];
  return words.map(word => ({ word, meaning: complete }));
}
