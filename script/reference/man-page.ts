import { globalOptionGroups } from "../../src/cli/global-options.ts";
import { GROUPS, type CommandSpecification } from "../../src/cli/specification.ts";
import { EXIT_CODES, STATUS_EXIT_CODES, usageOf, VARIABLES } from "./facts.ts";

type Pair = readonly [term: string | number, meaning: string];

/** docs/smc.1 in the man macros of groff_man(7). */
export function manPage(commands: readonly CommandSpecification[]): string {
  const lines = [
    '.\\" Written from the command table by script/reference.ts; change the table, not the page.',
    '.TH SMC 1 "" "smc" "User Commands"',
    ".SH NAME",
    text("smc - run the infrastructure of a whole site from one services file"),
    ".SH SYNOPSIS",
    ".B smc",
    ".I verb",
    text("[words] [options]"),
    ".SH COMMANDS",
    ...GROUPS.flatMap(group => groupLines(commands.filter(verb => verb.group === group))),
    ".SH OPTIONS",
    ...globalOptionGroups.flatMap(({ options }) =>
      options.flatMap(({ flags, summary }) => item([flags, summary])),
    ),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(item),
    ".PP",
    text("smc status has its own:"),
    ...STATUS_EXIT_CODES.flatMap(item),
    ".SH ENVIRONMENT",
    ...VARIABLES.flatMap(item),
    ".SH FILES",
    ...item(["conf/services.yaml", "the services file"]),
  ];
  return `${lines.join("\n")}\n`;
}

function groupLines(verbs: readonly CommandSpecification[]): string[] {
  const [first] = verbs;
  return first === undefined ? [] : [`.SS ${text(first.group)}`, ...verbs.flatMap(verbLines)];
}

function verbLines(verb: CommandSpecification): string[] {
  const { summary, description = "", examples, options = [], arguments: words = [] } = verb;
  return [
    ...item([usageOf(verb), `${summary}.`]),
    ...description
      .split("\n")
      .filter(line => line !== "")
      .map(text),
    ".RS",
    ...words.flatMap(({ name, summary }) => item([name, summary])),
    ...options.flatMap(({ flags, summary }) => item([flags, summary])),
    ...examples.flatMap(({ command, summary }) => item([`smc ${command}`, summary])),
    ".RE",
  ];
}

function item([term, meaning]: Pair): string[] {
  return [".TP", `.B ${text(String(term))}`, text(meaning)];
}

/** Text that roff prints as it is: no escapes, no requests at the start of a line, hyphens that can be copied. */
function text(plain: string): string {
  const escaped = plain.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
