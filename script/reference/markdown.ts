import { globalOptionGroups } from "../../src/cli/global-options.ts";
import { GROUPS, type CommandSpecification } from "../../src/cli/specification.ts";
import { EXIT_CODES, STATUS_EXIT_CODES, usageOf, VARIABLES } from "./facts.ts";

/** docs/cli.md: every verb with its words, options and examples, then what all of them share. */
export function markdownReference(commands: readonly CommandSpecification[]): string {
  const groups = GROUPS.map(group => ({ group, verbs: commands.filter(verb => verb.group === group) }));
  const parts = [
    "# The command line",
    "This page is written from the command table by `script/reference.ts`; change the table, not the page.",
    ...groups
      .filter(({ verbs }) => verbs.length > 0)
      .flatMap(({ group, verbs }) => [`## ${group}`, ...verbs.flatMap(verbSection)]),
    "## Options of every verb",
    "They may stand before or after the verb.",
    ...globalOptionGroups.flatMap(({ heading, options }) => [
      `**${heading.replace(/:$/, "")}**`,
      definitions(options.map(({ flags, summary }) => [flags, summary])),
    ]),
    "## Exit codes",
    definitions(EXIT_CODES),
    "`smc status` has its own:",
    definitions(STATUS_EXIT_CODES),
    "## Environment",
    definitions(VARIABLES),
  ];
  return `${parts.join("\n\n")}\n`;
}

function verbSection(verb: CommandSpecification): string[] {
  const { summary, description, examples, options = [], arguments: words = [] } = verb;
  const parts = [`### smc ${verb.path.join(" ")}`, `${summary}.`, block([usageOf(verb)])];
  if (description !== undefined) parts.push(description);
  if (examples.length > 0)
    parts.push(block(examples.map(example => `smc ${example.command}  # ${example.summary}`)));
  const described = [
    ...words.map(word => [word.name, withChoices(word.summary, word.choices)] as const),
    ...options.map(option => [option.flags, withChoices(option.summary, option.choices)] as const),
  ];
  return described.length === 0 ? parts : [...parts, definitions(described)];
}

function withChoices(summary: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? summary : `${summary}: ${choices.join(", ")}`;
}

function block(lines: readonly string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}

function definitions(pairs: readonly (readonly [string | number, string])[]): string {
  return pairs.map(([term, meaning]) => `- \`${term}\`: ${meaning}`).join("\n");
}
