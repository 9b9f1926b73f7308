import type { ExitCode } from "../base/exit-code.ts";
import type { EventListener } from "../engine/events.ts";

/** A stream to write to, as far as the report looks at it. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** What a report needs to know of the process and of the global options. */
export interface ReportSurroundings {
  io: { stdout: Output; stderr: Output; env: Readonly<Record<string, string | undefined>> };
  global: { json: boolean; quiet: boolean; verbose: boolean; color: boolean };
}

/** Shows one run of a plan: progress on stderr while it goes on, then a summary, or with `--json` one object on stdout. */
export interface Report {
  /** What the engine tells its events to. */
  listener: EventListener;
  /**
   * Takes the display down, prints the summary and gives the exit code of the run. To be called however the
   * engine ended, or the terminal keeps a spinner; without a `run-ended` event it prints nothing and gives `Failed`.
   * A second call gives the same code and prints nothing.
   */
  end(): Promise<ExitCode>;
}

/** Shows the progress of a run while it goes on. */
export interface Display {
  listener: EventListener;
  /** Leaves the terminal as it was found, with what should stay visible. */
  close(): Promise<void>;
}
