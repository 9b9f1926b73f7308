import { posix } from "node:path";
import type { Bytes } from "../base/units.ts";
import type { CommandResult, Connection, FileRead, FileToWrite } from "./model.ts";

/** Larger files are not configuration: move them with `push` and `pull`. */
const READ_LIMIT: Bytes = 64 * 1024 * 1024;

/**
 * POSIX sh; $1 path, $2 its folder, $3 mode, $4 owner or empty, $5 length in bytes. The new file stays private (mktemp gives
 * 0600) until owner and mode are right. The length is checked because a lost connection looks like the end of the input.
 * `mv` onto a folder would move into it, hence the first test. `sync FILE` is GNU; elsewhere plain `sync` does.
 */
const WRITE_SCRIPT = `set -eu
if [ -d "$1" ]; then echo "$1: is a directory" >&2; exit 1; fi
new=$(mktemp "$2/.smc-new.XXXXXXXX")
trap 'rm -f -- "$new"' EXIT
cat > "$new"
if [ "$(wc -c < "$new")" -ne "$5" ]; then echo "the content did not arrive whole" >&2; exit 1; fi
if [ -n "$4" ]; then chown -- "$4" "$new"; fi
chmod -- "$3" "$new"
sync -- "$new" 2>/dev/null || sync
mv -f -- "$new" "$1"
trap - EXIT
sync -- "$2" 2>/dev/null || sync`;

type Run = Connection["run"];

/** Reads a whole file as UTF-8. Absent is only what the host says is not there, never what could not be looked at. */
export async function readFileBy(
  run: Run,
  ...[path, options]: Parameters<Connection["readFile"]>
): Promise<FileRead> {
  const result = await run(["cat", "--", path], { ...options, outputLimit: READ_LIMIT });
  if (result.ok && result.cut === undefined) return { kind: "content", content: result.stdout };
  if (saysNoSuchFile(result)) return { kind: "absent" };
  return { kind: "failed", result };
}

/**
 * Writes beside the file, synced to disk, and renames over it. A symbolic link is replaced, not followed.
 * In the result the script stands as one word, `smc-write`.
 */
export async function writeFileBy(run: Run, file: FileToWrite): Promise<CommandResult> {
  const { path, content, mode, owner = "", ...options } = file;
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const words = [path, posix.dirname(path), mode.toString(8).padStart(4, "0"), owner, String(bytes.length)];
  const result = await run(["sh", "-c", WRITE_SCRIPT, "smc-write", ...words], { ...options, stdin: bytes });
  return { ...result, argv: ["smc-write", ...words] };
}

function saysNoSuchFile(result: CommandResult): boolean {
  return (
    result.end.kind === "exited" &&
    result.end.code === 1 &&
    result.stderr.trimEnd().endsWith(": No such file or directory")
  );
}
