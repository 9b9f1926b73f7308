import { OperatorError } from "../base/operator-error.ts";
import { parseDuration, type Milliseconds } from "../base/units.ts";
import type { GlobalOptions, Io } from "../commands/model.ts";
import type { OptionSpecification } from "./specification.ts";

const DEFAULT_FILE = "conf/services.yaml";

/** What `--parallel` without a number becomes before commander sees it, so that it cannot swallow a host name. */
export const WITHOUT_NUMBER = "all";

interface GlobalOptionGroup {
  heading: string;
  options: readonly OptionSpecification[];
}

/** Options that every verb takes, before or after it. */
export const globalOptionGroups: readonly GlobalOptionGroup[] = [
  {
    heading: "What to work on:",
    options: [
      { flags: "-f, --file <path>", summary: `services file (SMC_FILE, then ${DEFAULT_FILE})` },
      { flags: "-d, --deployment <name>", summary: "deployment (SMC_DEPLOYMENT, then the file's default)" },
      { flags: "--on <selection>", summary: "hosts: names, @role, web[1-7], globs, !excluded" },
    ],
  },
  {
    heading: "How to do it:",
    options: [
      {
        flags: "--parallel [n]",
        summary: "many hosts at a time, at most n; without n as many as the limits allow",
        parse: parseParallel,
      },
      { flags: "--rolling", summary: "one host at a time, each healthy before the next" },
      { flags: "--keep-going", summary: "go on with the other hosts after a failure" },
      { flags: "-n, --dry-run", summary: "show the plan and change nothing" },
      { flags: "-y, --yes", summary: "take yes for an answer to every question" },
      { flags: "--no-input", summary: "never ask; a question is an error (SMC_NO_INPUT)" },
      {
        flags: "--timeout <duration>",
        summary: "deadline of each step, such as 90s or 5m",
        parse: text => readDuration("--timeout", text),
      },
      {
        flags: "--connect-timeout <duration>",
        summary: "deadline of each connection, such as 10s",
        parse: text => readDuration("--connect-timeout", text),
      },
    ],
  },
  {
    heading: "What to print:",
    options: [
      { flags: "--json", summary: "one JSON object on stdout, failures included" },
      { flags: "-v, --verbose", summary: "more detail" },
      { flags: "-q, --quiet", summary: "errors only" },
      { flags: "--no-color", summary: "no colour (NO_COLOR)" },
    ],
  },
];

/** The options as commander read them, completed from the environment. */
export function readGlobalOptions(given: Readonly<Record<string, unknown>>, env: Io["env"]): GlobalOptions {
  if (given["rolling"] === true && given["parallel"] !== undefined) {
    throw new OperatorError("--rolling and --parallel exclude each other", {
      code: "USAGE",
      hint: "leave out one of the two",
    });
  }
  return {
    file: (given["file"] ?? nonEmpty(env["SMC_FILE"]) ?? DEFAULT_FILE) as string,
    deployment: (given["deployment"] ?? nonEmpty(env["SMC_DEPLOYMENT"])) as string | undefined,
    on: given["on"] as string | undefined,
    parallel: given["parallel"] as number | true | undefined,
    rolling: given["rolling"] === true,
    keepGoing: given["keepGoing"] === true,
    dryRun: given["dryRun"] === true,
    yes: given["yes"] === true,
    input: given["input"] !== false && nonEmpty(env["SMC_NO_INPUT"]) === undefined,
    json: given["json"] === true,
    timeout: given["timeout"] as Milliseconds | undefined,
    connectTimeout: given["connectTimeout"] as Milliseconds | undefined,
    verbose: given["verbose"] === true,
    quiet: given["quiet"] === true,
    color: given["color"] !== false,
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

function parseParallel(text: string): number | true {
  if (text === WITHOUT_NUMBER) return true;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new OperatorError(`--parallel takes a number from 1 up, not "${text}"`, {
    code: "USAGE",
    hint: "--parallel 8, or --parallel alone for as many as the limits allow",
  });
}

function readDuration(flag: string, text: string): Milliseconds {
  const duration = parseDuration(text);
  if (duration !== undefined && duration > 0) return duration;
  throw new OperatorError(`${flag} takes a duration, not "${text}"`, {
    code: "USAGE",
    hint: `${flag} 90s, 5m or 1h; a bare number is seconds`,
  });
}
