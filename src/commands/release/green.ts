import * as v from "valibot";
import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";

/** Where all smoke tests held with what, as a file of a release says it. */
export const greenSchema = v.strictObject({
  deployment: v.string(),
  at: v.string(),
  /** A hash of what was tried there. */
  of: v.string(),
  smoke: v.array(v.string()),
});

/** Where all smoke tests held with what. */
export type Green = v.InferOutput<typeof greenSchema>;

/** Throws an OperatorError (exit 3) where nobody saw the smoke tests hold with this very content. */
export function requireGreen(
  seen: readonly Green[],
  { path, content, command }: { path: string; content: string; command: string },
): void {
  if (seen.some(({ of, smoke }) => of === content && smoke.length > 0)) return;
  throw new OperatorError(`no smoke test has held with the content of ${path}: nothing was touched`, {
    code: "RELEASE_NOT_GREEN",
    exit: ExitCode.Refused,
    details: seen.map(
      ({ deployment, at, of }) => `${deployment}, ${at}: was asked of another content (${of.slice(0, 12)})`,
    ),
    hint: `release it on a deployment for tests first: ${command}`,
  });
}
