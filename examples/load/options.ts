import { parseArgs } from "node:util";
import { parseDuration } from "../../src/base/units.ts";
import { parseNumber } from "../shared/options.ts";

export interface LoadOptions {
  /** Without a slash at its end. */
  url: string;
  workers: number;
  /** Undefined: until SIGINT or SIGTERM. */
  durationMs: number | undefined;
  /** Further tries of a request that failed; 0 shows every failure. */
  retries: number;
  timeoutMs: number;
  /** A pause of each worker between two requests. */
  pauseMs: number;
}

/** Reads `--url URL [--workers N] [--duration 30s] [--retries N] [--timeout 10s] [--pause 0ms]`. Throws on anything else. */
export function parseLoadOptions(argv: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      url: { type: "string", default: "http://127.0.0.1:8000" },
      workers: { type: "string", default: "4" },
      duration: { type: "string" },
      retries: { type: "string", default: "0" },
      timeout: { type: "string", default: "15s" },
      pause: { type: "string", default: "0ms" },
    },
  });
  if (!/^http:\/\/[^/]+/.test(values.url))
    throw new Error(`--url must be an http:// address, not "${values.url}"`);
  return {
    url: values.url.replace(/\/+$/, ""),
    workers: parseNumber("workers", values.workers, { least: 1, most: 1000 }),
    durationMs: values.duration === undefined ? undefined : duration("duration", values.duration),
    retries: parseNumber("retries", values.retries, { least: 0, most: 100 }),
    timeoutMs: duration("timeout", values.timeout),
    pauseMs: duration("pause", values.pause),
  };
}

function duration(name: string, text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new Error(`--${name} must be a duration such as 30s, not "${text}"`);
  return value;
}
