import { formatDuration } from "../base/units.ts";
import type { CommandResult } from "../transport/model.ts";
import type { ActionResult } from "./performer.ts";

/** Lines of a program's output that a failure shows. */
const OUTPUT_LINES = 40;
/** A line below an exception of Java (Throwable.printStackTrace), and the line with which nodetool begins them. */
const JAVA_FRAME = /^(\s+at \S+\(.*\)|\s+\.\.\. \d+ (more|common frames omitted)|-- StackTrace --)\s*$/;

/** A command that did not succeed, as the failure of a step: why, what to do, and the end of its output. */
export function commandFailure(result: CommandResult): Extract<ActionResult, { kind: "failed" }> {
  const output = outputTail(result);
  const hint = "hint" in result.end ? result.end.hint : undefined;
  return {
    kind: "failed",
    reason: describeEnd(result),
    ...(hint === undefined ? {} : { hint }),
    ...(output === "" ? {} : { output }),
  };
}

/** How a command ended, in a few words. */
export function describeEnd({ end, argv }: CommandResult): string {
  const program = argv[0] ?? "the command";
  switch (end.kind) {
    case "exited":
      return `${program} ended with exit code ${end.code}`;
    case "signalled":
      return `${program} was ended by signal ${end.signal}`;
    case "timed-out":
      return `${program} did not end within ${formatDuration(end.after)}`;
    case "cancelled":
      return `${program} was stopped: how far it came is unknown`;
    case "lost":
      return `the connection was lost while ${program} ran, so its end is unknown: ${end.reason}`;
    case "not-permitted":
      return end.reason;
    case "unreachable":
      return end.reason;
  }
}

/** Whether the command came to run on the host and gave its own answer. */
export function hasAnswered({ end }: CommandResult): boolean {
  return end.kind === "exited";
}

/** The end of what a command wrote, errors last, and without the frames of Java's stack traces: the cause is above them. */
export function outputTail({ stdout, stderr }: Pick<CommandResult, "stdout" | "stderr">): string {
  const texts = [stdout, stderr].map(text => text.trimEnd()).filter(text => text !== "");
  const lines = texts.flatMap(text => text.split("\n")).filter(line => !JAVA_FRAME.test(line));
  return lines.slice(-OUTPUT_LINES).join("\n");
}
