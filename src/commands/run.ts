import type { HostTarget } from "../base/host-target.ts";
import { ExitCode } from "../base/exit-code.ts";
import { foldNames } from "../base/host-ranges.ts";
import { OperatorError } from "../base/operator-error.ts";
import { quoteForShell } from "../base/shell.ts";
import type { Milliseconds } from "../base/units.ts";
import type { Deployment } from "../inventory/model.ts";
import type { CommandResult } from "../transport/model.ts";
import { confirm } from "./confirm.ts";
import { answersToJson, printAnswers, totalLine } from "./fleet/answers.ts";
import { concurrencyOf, fanOut, type FanOutResult } from "./fleet/fan-out.ts";
import { selectTargets } from "./fleet/targets.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { openTransport } from "./open-transport.ts";

export interface RunCommandOptions {
  /** The user to become on each host; absent: the login user. */
  as?: string;
}

/** A command of an operator may install packages; one that hangs must still end. */
const TIMEOUT: Milliseconds = 10 * 60_000;

/**
 * `smc run [--on SELECTION] -- COMMAND…`: runs a command on many hosts at once and shows equal answers once. Several
 * words are run as they are; a single one is a line for `/bin/sh`. Exits 1 when it failed on any host.
 */
export async function run(
  context: CommandContext<RunCommandOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const argv = commandOf(words);
  const { global } = context;
  const { deployment } = await loadSite(context, { secretsMayBeMissing: true });
  const targets = selectTargets(deployment, [], global);
  if (global.dryRun) return showTargets(context, targets, words);
  if (global.on === undefined && targets.length > 1) {
    await confirm(
      context,
      `run ${quoteForShell(words)} on all ${targets.length} hosts of ${deployment.name}?`,
    );
  }
  return report(context, words, await runOnAll({ context, deployment, targets, argv }));
}

function commandOf(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first !== undefined) return rest.length === 0 ? ["sh", "-c", first] : words;
  throw new OperatorError("there is no command to run", {
    code: "USAGE",
    hint: "smc run --on web1 -- uptime",
  });
}

interface RunOnAll {
  context: CommandContext<RunCommandOptions>;
  deployment: Deployment;
  targets: readonly HostTarget[];
  argv: readonly string[];
}

async function runOnAll({
  context,
  deployment,
  targets,
  argv,
}: RunOnAll): Promise<FanOutResult<CommandResult>> {
  const { global, options } = context;
  const transport = openTransport(context.io);
  try {
    return await fanOut({
      context,
      targets,
      title: title(argv),
      concurrency: concurrencyOf(context, deployment.ssh.parallel),
      ask: (target, signal) =>
        transport.connection(target).run(argv, {
          timeout: global.timeout ?? TIMEOUT,
          signal,
          ...(options.as === undefined ? {} : { runAs: options.as }),
        }),
      stopAfter: result => global.rolling && !global.keepGoing && !result.ok,
    });
  } finally {
    await transport.close();
  }
}

/** The command as the display names it while it waits: one short line. */
function title(argv: readonly string[]): string {
  const line =
    (argv[0] === "sh" && argv[1] === "-c" ? argv.slice(2) : argv).join(" ").split("\n", 1)[0] ?? "";
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

function report(
  { io, global }: CommandContext<unknown>,
  words: readonly string[],
  { answers, notAsked, interrupted }: FanOutResult<CommandResult>,
): ExitCode {
  const left = notAsked.map(({ name }) => name);
  if (global.json) {
    io.stdout.write(`${JSON.stringify(answersToJson(words, answers, left), null, 2)}\n`);
  } else {
    io.stdout.write(printAnswers(answers));
    if (!global.quiet) io.stderr.write(totalLine(answers, left));
  }
  if (interrupted) return ExitCode.Interrupted;
  return answers.every(({ ok }) => ok) ? ExitCode.Done : ExitCode.Failed;
}

function showTargets(
  { io, global }: CommandContext<unknown>,
  targets: readonly HostTarget[],
  words: readonly string[],
): ExitCode {
  const hosts = targets.map(({ name }) => name);
  if (global.json)
    io.stdout.write(`${JSON.stringify({ version: 1, command: words, wouldRunOn: hosts }, null, 2)}\n`);
  else io.stdout.write(`would run ${quoteForShell(words)} on ${foldNames(hosts)}\n`);
  return ExitCode.Done;
}
