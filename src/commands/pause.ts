import type { PauseRule } from "../engine/stages.ts";

/** How far a rolling verb is to go. */
export interface PauseOptions {
  /** One instance, and no more. */
  canary?: boolean;
  /** So many instances. */
  stopAfter?: number;
  /** Local time. */
  until?: TimeOfDay;
}

export interface TimeOfDay {
  hour: number;
  minute: number;
}

/** How many instances may be taken away; undefined: all. */
export function mostOf({ canary, stopAfter }: PauseOptions): number | undefined {
  return canary === true ? 1 : stopAfter;
}

/** The rule that the options say, from `now` on; `clock` tells the time when it is asked. */
export function pauseRule(options: PauseOptions, clock: () => Date = () => new Date()): PauseRule {
  const most = mostOf(options) ?? Infinity;
  const end = options.until === undefined ? undefined : nextTime(options.until, clock());
  return begun => {
    if (begun >= most) return `${begun} done, as was asked for (${wordsOf(options)})`;
    if (end !== undefined && clock() >= end) return `it is ${formatTime(options.until)} (--until)`;
    return undefined;
  };
}

/** Cuts waves so that one of them ends when `most` hosts have gone. */
export function cutWaves<T>(waves: readonly (readonly T[])[], most: number | undefined): (readonly T[])[] {
  if (most === undefined) return [...waves];
  let left = most;
  return waves.flatMap(wave => {
    const before = left;
    left -= wave.length;
    return before > 0 && left < 0 ? [wave.slice(0, before), wave.slice(before)] : [wave];
  });
}

/** The next moment with that time of the day. */
function nextTime({ hour, minute }: TimeOfDay, now: Date): Date {
  const time = new Date(now);
  time.setHours(hour, minute, 0, 0);
  if (time <= now) time.setDate(time.getDate() + 1);
  return time;
}

function formatTime(time: TimeOfDay | undefined): string {
  return [time?.hour, time?.minute].map(part => String(part).padStart(2, "0")).join(":");
}

function wordsOf({ canary, stopAfter }: PauseOptions): string {
  return canary === true ? "--canary" : `--stop-after ${stopAfter}`;
}
