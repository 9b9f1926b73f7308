import { ExitCode } from "../base/exit-code.ts";
import type { RunOutcome } from "../engine/events.ts";
import { createColors } from "./colors.ts";
import type { MeanDurations } from "./estimate.ts";
import { runToJson } from "./json.ts";
import type { Display, Report, ReportSurroundings } from "./model.ts";
import { createPlainDisplay } from "./plain.ts";
import { beginProgress, recordEvent, type RunProgress } from "./progress.ts";
import { summarise } from "./summary.ts";
import { createTerminalDisplay } from "./terminal.ts";

/** The report of one run: redrawn rows on a terminal, plain lines elsewhere, one object on stdout with `--json`. `earlier` is for its estimates. */
export function createReport(surroundings: ReportSurroundings, earlier?: MeanDurations): Report {
  const display = chooseDisplay(surroundings, earlier ?? new Map());
  let progress: RunProgress | undefined;
  let ended: Promise<ExitCode> | undefined;

  async function finish(): Promise<ExitCode> {
    await display?.close();
    if (progress?.outcome === undefined) return ExitCode.Failed;
    printEnd(surroundings, progress, progress.outcome);
    return exitCodeOf(progress.outcome);
  }

  return {
    listener: event => {
      if (event.type === "run-started") progress = beginProgress(event);
      else if (progress !== undefined) recordEvent(progress, event);
      display?.listener(event);
    },
    end: () => (ended ??= finish()),
  };
}

function chooseDisplay(surroundings: ReportSurroundings, earlier: MeanDurations): Display | undefined {
  const { io, global } = surroundings;
  if (global.json) return undefined;
  const output = io.stderr;
  const colors = createColors(output, surroundings);
  const redraws = output.isTTY === true && io.env["TERM"] !== "dumb" && !global.quiet;
  return redraws
    ? createTerminalDisplay({ output, colors, earlier })
    : createPlainDisplay({ output, colors, quiet: global.quiet, verbose: global.verbose, earlier });
}

function printEnd(surroundings: ReportSurroundings, progress: RunProgress, outcome: RunOutcome): void {
  const { io, global } = surroundings;
  if (global.json) io.stdout.write(`${JSON.stringify(runToJson(progress, outcome), null, 2)}\n`);
  else if (!global.quiet || outcome.kind !== "done") {
    io.stderr.write(summarise(progress, outcome, createColors(io.stderr, surroundings)));
  }
}

function exitCodeOf({ kind }: RunOutcome): ExitCode {
  const codes = {
    done: ExitCode.Done,
    // It went as far as it was asked to.
    paused: ExitCode.Done,
    failed: ExitCode.Failed,
    interrupted: ExitCode.Interrupted,
  };
  return codes[kind];
}
