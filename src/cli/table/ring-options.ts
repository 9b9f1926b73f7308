import { OperatorError } from "../../base/operator-error.ts";
import type { OptionSpecification } from "../specification.ts";

/** The level that is to be kept. */
export const consistencyOption: OptionSpecification = {
  flags: "--consistency <level>",
  summary:
    "the level that clients of the database use, or KEYSPACE=LEVEL for a single keyspace; may be given several times (services file, then QUORUM)",
  parse: (text: string, before: readonly string[] = []) => [...before, text],
};

/** What plans from a file instead of asking the ring. */
export const observedOption: OptionSpecification = {
  flags: "--observed <file>",
  summary: "the ring as smc ring --save wrote it; no host is asked",
};

/** The same for verbs that change something. */
export const observedDryOption: OptionSpecification = {
  ...observedOption,
  summary: `${observedOption.summary}; only with --dry-run`,
};

/** For verbs by which nodes join the ring. */
export const cleanupOption: OptionSpecification = {
  flags: "--no-cleanup",
  summary: "leave the cleanup of the others for later: smc cleanup",
};

/** How many may be away. */
export const maxDownOption: OptionSpecification = {
  flags: "--max-down <n>",
  summary: "at most n nodes of the ring away at a time, those that are down counted; never a permission",
  parse: readMaxDown,
};

/** The options of every verb that takes nodes of the ring away. */
export const ringRuleOptions: readonly OptionSpecification[] = [
  observedDryOption,
  consistencyOption,
  maxDownOption,
];

function readMaxDown(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new OperatorError(`--max-down takes a number from 1 up, not "${text}"`, {
    code: "USAGE",
    hint: "--max-down 2",
  });
}
