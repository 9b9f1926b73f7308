import { formatDuration } from "../../base/units.ts";
import type { CommandEnd } from "../../transport/model.ts";

/** How a command ended, in words: `exit 3`, `unreachable, connection refused`. */
export function describeEnd(end: CommandEnd): string {
  switch (end.kind) {
    case "exited":
      return `exit ${end.code}`;
    case "signalled":
      return `killed by ${end.signal}`;
    case "timed-out":
      return `killed after ${formatDuration(end.after)}, its deadline`;
    case "cancelled":
      return "given up";
    case "lost":
      return `connection lost, whether it ended is unknown: ${end.reason}`;
    case "not-permitted":
      return `not permitted: ${end.reason}`;
    case "unreachable":
      return `unreachable: ${end.reason}`;
    default:
      return end satisfies never;
  }
}
