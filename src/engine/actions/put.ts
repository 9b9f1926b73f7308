import { createHash } from "node:crypto";
import type { Action } from "../../plan/model.ts";
import { commandFailure } from "../command-failure.ts";
import type { Executor } from "../registry.ts";
import { runOptions } from "../run-options.ts";

type Put = Extract<Action, { kind: "put" }>;

/** Prints kind, mode, owner and hash of a file in one line, or `absent`; the shell of the host is POSIX. */
const LOOK = `if [ -L "$1" ]; then echo link; elif [ -d "$1" ]; then echo folder; elif [ -e "$1" ]; then
  stat -c 'file %a %U:%G %u:%g' "$1" && sha256sum <"$1"; else echo absent; fi`;

/** Writes a file unless one of equal content, mode and owner is there. */
export const put: Executor<Put> = async (action, context) => {
  const { path, append, mode, owner, runAs } = action;
  const appended = append === undefined ? "" : await context.fileOf(append.host, append.path);
  const content = `${await context.fill(action.content)}${appended}`;
  const options = runOptions(context, runAs);
  const seen = await context.connection.run(["sh", "-c", LOOK, "look", path], options);
  if (!seen.ok) return commandFailure(seen);
  if (seen.stdout.startsWith("folder")) return { kind: "failed", reason: `${path} is a folder` };
  if (isEqual(seen.stdout, action, content)) {
    return { kind: "unchanged", reason: `${path} has this content already` };
  }
  const written = await context.connection.writeFile({
    path,
    content,
    mode,
    ...runOptions(context, runAs),
    ...(owner === undefined ? {} : { owner }),
  });
  return written.ok ? { kind: "changed" } : commandFailure(written);
};

/** Compares what the script saw; any doubt means that it is not equal. */
function isEqual(seen: string, { mode, owner }: Put, content: string): boolean {
  const match = /^file (\d+) (\S+) (\S+)\n([0-9a-f]{64}) /.exec(seen);
  if (match === null) return false;
  const [, seenMode = "", names = "", numbers = "", hash] = match;
  const owners = [names, numbers].flatMap(pair => [pair, pair.split(":")[0]]);
  return (
    Number.parseInt(seenMode, 8) === mode &&
    (owner === undefined || owners.includes(owner)) &&
    hash === createHash("sha256").update(content).digest("hex")
  );
}
