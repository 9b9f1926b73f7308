import type { CommandRun } from "../commands/model.ts";

/** The headings of `smc --help`, in the order that they are printed. */
export const GROUPS = [
  "Services",
  "Whole deployments",
  "The database",
  "What is in the database",
  "Machines",
  "The fleet",
  "Operations",
  "The file and the tool",
] as const;

type Group = (typeof GROUPS)[number];

/** A word of the command line. In `run` it arrives as a string, undefined where optional and not given, an array where variadic. */
export interface ArgumentSpecification {
  name: string;
  summary: string;
  required: boolean;
  variadic?: boolean;
  choices?: readonly string[];
  /** Names of the services file that completion offers for it. */
  complete?: "service" | "host" | "deployment";
}

/** An option of one verb. Its value arrives in `options` under the camel-case name: `--keep-data` as `keepData`. */
export interface OptionSpecification {
  /** As commander writes them: `--lines <count>`, `-F, --follow`. */
  flags: string;
  summary: string;
  /** Turns the text into the value; throws an OperatorError for text that is wrong. */
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  default?: string | number;
  /** The attribute of another option that it cannot go with, `stopAfter`. */
  conflicts?: string;
  /** Names of the services file that completion offers as its value. */
  complete?: ArgumentSpecification["complete"];
}

export interface Example {
  /** Without the leading `smc`. */
  command: string;
  summary: string;
}

/** A verb as the command line sees it; the work itself is loaded only when the verb is used. */
export interface CommandSpecification {
  /** `["secrets", "init"]` */
  path: readonly string[];
  group: Group;
  /** One line, no full stop. */
  summary: string;
  /** Further paragraphs for `--help` and the reference. */
  description?: string;
  arguments?: readonly ArgumentSpecification[];
  options?: readonly OptionSpecification[];
  examples: readonly Example[];
  /** It changes hosts or files, so `--dry-run`, the journal and the lock apply. */
  mutates: boolean;
  load: () => Promise<CommandRun<readonly unknown[], unknown>>;
}

type Typed<Arguments extends readonly unknown[], Options> = Omit<CommandSpecification, "load"> & {
  load: () => Promise<CommandRun<Arguments, Options>>;
};

/** An entry of the command table. The types of words and options are those of the run function that it loads. */
export function defineCommand<Arguments extends readonly unknown[], Options>(
  specification: Typed<Arguments, Options>,
): CommandSpecification {
  return specification as unknown as CommandSpecification;
}
