import { OperatorError } from "../../base/operator-error.ts";
import type { TimeOfDay } from "../../commands/pause.ts";
import type { OptionSpecification } from "../specification.ts";

/** What a rolling verb counts, and what it does to each; `part`: what the verb of a run counts. */
const COUNTED = {
  instance: "restarted",
  node: "upgraded",
  job: "done",
  host: "upgraded",
  VM: "made anew",
  part: "done",
} as const;

/** How far a rolling verb goes before it pauses; smc resume goes on. */
export function pauseOptions(one: keyof typeof COUNTED = "instance"): readonly OptionSpecification[] {
  return [
    { flags: "--canary", summary: `one ${one}, then pause: as --stop-after 1`, conflicts: "stopAfter" },
    {
      flags: "--stop-after <n>",
      summary: `pause when n ${one}s were ${COUNTED[one]} and seen well; smc resume goes on`,
      parse: readCount,
    },
    {
      flags: "--until <time>",
      summary: `begin no further ${one} after this time of the day, 06:00; what was begun is ended`,
      parse: readTimeOfDay,
    },
  ];
}

function readCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new OperatorError(`--stop-after takes a number from 1 up, not "${text}"`, {
    code: "USAGE",
    hint: "--stop-after 2",
  });
}

function readTimeOfDay(text: string): TimeOfDay {
  const [, hour = "", minute = ""] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour !== "" && Number(hour) < 24 && Number(minute) < 60)
    return { hour: Number(hour), minute: Number(minute) };
  throw new OperatorError(`--until takes a time of the day, not "${text}"`, {
    code: "USAGE",
    hint: "--until 06:00",
  });
}
