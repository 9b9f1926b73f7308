import { Argument, Command, CommanderError, Option } from "commander";
import { ExitCode } from "../base/exit-code.ts";
import type { Io } from "../commands/model.ts";
import { globalOptionGroups, readGlobalOptions } from "./global-options.ts";
import { groupSummaries, rootHelp, verbHelp } from "./help-text.ts";
import { hasFlag, normaliseWords } from "./normalise-words.ts";
import {
  GROUPS,
  type ArgumentSpecification,
  type CommandSpecification,
  type OptionSpecification,
} from "./specification.ts";
import { usageError, withVerbMeant } from "./usage-error.ts";
import { version } from "./version.ts";

/** One call of smc. */
export interface Invocation {
  argv: readonly string[];
  io: Io;
  commands: readonly CommandSpecification[];
}

/**
 * Parses the words and runs the verb that they name. Help and version go to stdout with exit code 0.
 * Throws an OperatorError for words that make no sense, and what the verb throws.
 */
export async function runProgram(invocation: Invocation): Promise<ExitCode> {
  const words = normaliseWords(invocation.argv);
  let outcome: ExitCode = ExitCode.Done;
  const program = buildProgram(invocation, code => {
    outcome = code;
  });
  try {
    refuseHelpOfUnknown(program, words);
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.Done;
    throw usageError(error, words, invocation.commands);
  }
  return outcome;
}

/** commander answers `smc nothing --help` with the help of smc, as if there were such a verb. */
function refuseHelpOfUnknown(program: Command, words: readonly string[]): void {
  const [first = ""] = words;
  if (!hasFlag(words, "--help") && !hasFlag(words, "-h")) return;
  if (first.startsWith("-") || program.commands.some(command => command.name() === first)) return;
  throw new CommanderError(1, "commander.unknownCommand", `error: unknown command '${first}'`);
}

type Finish = (code: ExitCode) => void;

function buildProgram(invocation: Invocation, finish: Finish): Command {
  const program = createRoot(invocation);
  for (const group of GROUPS) {
    for (const specification of invocation.commands.filter(command => command.group === group)) {
      const verb = addVerb(program, specification);
      verb.action((...received: unknown[]) =>
        runVerb({ specification, verb, received, invocation }).then(finish),
      );
    }
  }
  return program;
}

function createRoot({ io, commands }: Invocation): Command {
  const program = new Command("smc")
    .description(rootHelp(commands))
    .usage("VERB [words] [options]")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: text => void io.stdout.write(text),
      // Errors reach the operator once, by what explains them, and not as commander words them.
      writeErr: () => {},
      getOutHelpWidth: () => helpWidth(io),
      getOutHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true });
  for (const { heading, options } of globalOptionGroups) {
    program.optionsGroup(heading);
    for (const option of options) program.addOption(toOption(option));
  }
  return program
    .optionsGroup("About smc:")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help; also: smc help VERB");
}

/** Wide terminals do not make help wide: long lines are hard to read. */
function helpWidth(io: Io): number {
  return Math.min(io.stdout.columns ?? 100, 110);
}

function addVerb(program: Command, specification: CommandSpecification): Command {
  const name = specification.path.at(-1) ?? "";
  const verb = parentOf(program, specification)
    .command(name)
    .helpGroup(`${specification.group}:`)
    .summary(specification.summary)
    .description(verbHelp(specification));
  for (const argument of specification.arguments ?? []) verb.addArgument(toArgument(argument));
  for (const option of specification.options ?? []) verb.addOption(toOption(option));
  return verb;
}

/** The command that holds this one: `smc` itself, or `secrets` for `secrets init`, made when it is first needed. */
function parentOf(program: Command, { path, group }: CommandSpecification): Command {
  return path.slice(0, -1).reduce((parent, word) => {
    const known = parent.commands.find(command => command.name() === word);
    const summary = groupSummaries[word] ?? "";
    return known ?? addGroup(parent, { word, group, summary });
  }, program);
}

/** The verbs of a group are what its help is asked for: what every verb takes too is left to the help of smc. */
function addGroup(
  parent: Command,
  { word, group, summary }: { word: string; group: string; summary: string },
): Command {
  return parent
    .command(word)
    .helpGroup(`${group}:`)
    .summary(summary)
    .description(summary)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", "\nOptions of every verb: smc --help");
}

function toArgument({ name, summary, required, variadic, choices }: ArgumentSpecification): Argument {
  const word = variadic === true ? `${name}...` : name;
  const argument = new Argument(required ? `<${word}>` : `[${word}]`, summary);
  return choices === undefined ? argument : argument.choices([...choices]);
}

function toOption(specification: OptionSpecification): Option {
  const option = new Option(specification.flags, specification.summary);
  if (specification.choices !== undefined) option.choices([...specification.choices]);
  if (specification.parse !== undefined) option.argParser(specification.parse);
  if (specification.conflicts !== undefined) option.conflicts(specification.conflicts);
  if (specification.default !== undefined) option.default(specification.default);
  return option;
}

interface VerbCall {
  specification: CommandSpecification;
  verb: Command;
  /** What commander hands to an action: the words, then options and command. */
  received: readonly unknown[];
  invocation: Invocation;
}

async function runVerb({ specification, verb, received, invocation }: VerbCall): Promise<ExitCode> {
  const { argv, io } = invocation;
  const global = readGlobalOptions(verb.optsWithGlobals(), io.env);
  const run = await specification.load();
  const words = received.slice(0, -2);
  try {
    return await run({ io, global, options: optionsOf(verb), argv }, ...words);
  } catch (error) {
    throw withVerbMeant(error, {
      path: specification.path,
      word: words[0],
      below: verb.commands.map(one => one.name()),
    });
  }
}

/** commander gives an option that the command above has too to that one: `-o` of `plan repair` to `plan`. */
function optionsOf(verb: Command): Record<string, unknown> {
  const all: Record<string, unknown> = verb.optsWithGlobals();
  const names = verb.options.map(option => option.attributeName());
  return Object.fromEntries(names.flatMap(name => (all[name] === undefined ? [] : [[name, all[name]]])));
}
