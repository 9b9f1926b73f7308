import type { Bytes, Milliseconds } from "../../base/units.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { CommandResult, Connection } from "../../transport/model.ts";
import type { CommandContext } from "../model.ts";
import { createLinePrefixer } from "./line-prefixer.ts";

export interface LogsOptions {
  /** Stay and show what is added. */
  follow?: boolean;
  /** How many lines of each log, from its end. */
  lines: number;
}

const READ_TIMEOUT: Milliseconds = 60_000;
/** `logs -f` ends by Ctrl-C; a day is the deadline of one that was forgotten. */
const FOLLOW_TIMEOUT: Milliseconds = 24 * 3_600_000;
/** For each log: a day of many busy ones must not fill the memory. */
const KEPT_WHEN_FOLLOWING: Bytes = 16 * 1024;

/** How reading one log ended. */
export interface LogRead {
  planned: PlannedInstance;
  result: CommandResult;
}

/** Reads the end of one log, each line shown with the instance that wrote it, and goes on with what is added if asked to. */
export async function readLog(
  context: CommandContext<LogsOptions>,
  read: { connection: Connection; planned: PlannedInstance; signal: AbortSignal },
): Promise<LogRead> {
  const { follow, lines } = context.options;
  const { connection, planned, signal } = read;
  const prefixer = createLinePrefixer(planned.instance.name, line => context.io.stdout.write(line));
  const result = await connection.run(
    ["tail", "-n", String(lines), ...(follow ? ["-F"] : []), planned.rendered.log],
    {
      timeout: context.global.timeout ?? (follow ? FOLLOW_TIMEOUT : READ_TIMEOUT),
      signal,
      // Every line is shown as it comes; what is kept is only for the message of a failure.
      ...(follow && !context.global.json ? { outputLimit: KEPT_WHEN_FOLLOWING } : {}),
      ...(planned.administrator === undefined ? {} : { runAs: planned.administrator }),
      ...(context.global.json
        ? {}
        : { onOutput: ({ stream, text }) => (stream === "stdout" ? prefixer.add(text) : undefined) }),
    },
  );
  prefixer.end();
  return { planned, result };
}
