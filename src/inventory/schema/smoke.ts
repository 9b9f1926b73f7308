import * as v from "valibot";
import { duration, text } from "./leaves.ts";

/** One smoke test: what a visitor of the site would do, asked at every instance of a service. */
export const smokeTestSchema = v.strictObject({
  name: text,
  /** The service that is asked. */
  of: text,
  /** A path that answers 200, on the first port of the instance or on `port`. */
  http: v.optional(
    v.pipe(
      v.string(),
      v.check(path => /^[/{]/.test(path), "a path begins with /"),
    ),
  ),
  /** The key of a port, where it is not the first. */
  port: v.optional(text),
  status: v.optional(v.array(v.pipe(v.number(), v.integer())), [200]),
  /** A regular expression that the body must match. */
  body: v.optional(v.pipe(v.string(), v.check(isPattern, "a regular expression is expected"))),
  headers: v.optional(v.record(text, v.string()), {}),
  /** A command that succeeds on the host of the instance. */
  command: v.optional(v.union([text, v.pipe(v.array(v.string()), v.minLength(1))])),
  /** How long it may take to come true. */
  timeout: v.optional(duration, "30s"),
});

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}
