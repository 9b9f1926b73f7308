import { createReadStream } from "node:fs";
import type { Action, ArtefactRef } from "../../plan/model.ts";
import { commandFailure } from "../command-failure.ts";
import type { Executor } from "../registry.ts";
import { runOptions } from "../run-options.ts";

/**
 * Arguments: folder, version, hash, beside. Prints `equal`, or `differs`; or `released VERSION` where a release put another version
 * there. The marker of a version is written before it gets its final name, so a version with the right marker is whole.
 */
const LOOK = `released=$(cut -d ' ' -f 1 "$1/.smc-release" 2>/dev/null) || released=
if [ -z "$4" ] && [ -n "$released" ] && [ "$released" != "$2" ]; then echo "released $released"; exit; fi
[ "$(cat "$1/$2/.smc-archive" 2>/dev/null)" = "$3" ] &&
  { [ -n "$4" ] || [ "$(readlink "$1/current")" = "$2" ]; } && echo equal || echo differs`;

/**
 * Arguments: folder, version, hash, beside, owner. Reads the archive from stdin. What is under way is in a folder of its
 * own below the lock; a version appears by one rename, and \`current\` moves to it by another. Whoever waited for
 * the lock and finds the work done reads the archive to its end and leaves.
 */
const PUSH = `set -eu
folder=$1 version=$2 hash=$3 beside=$4 owner=$5
mkdir -p "$folder"
exec 9>"$folder/.push.lock"
flock 9
point() { [ -z "$beside" ] || return 0; ln -s "$version" "$folder/.current-$$"; mv -T "$folder/.current-$$" "$folder/current"; }
if [ "$(cat "$folder/$version/.smc-archive" 2>/dev/null)" = "$hash" ]; then cat >/dev/null; point; exit 0; fi
rm -rf "$folder"/.incoming-* "$folder"/.current-*
incoming=$folder/.incoming-$version
trap 'rm -rf "$incoming"' EXIT
mkdir -p "$incoming/files"
cat >"$incoming/archive"
got=$(sha256sum <"$incoming/archive")
if [ "\${got%% *}" != "$hash" ]; then echo "the archive arrived with SHA-256 \${got%% *}, not $hash" >&2; exit 1; fi
tar -x --no-same-owner -f "$incoming/archive" -C "$incoming/files"
rm "$incoming/archive"
printf '%s\\n' "$hash" >"$incoming/files/.smc-archive"
if [ -n "$owner" ]; then chown -R "$owner" "$incoming/files"; fi
chmod 755 "$incoming/files"
sync "$incoming/files/.smc-archive"
if [ -e "$folder/$version" ]; then mv "$folder/$version" "$incoming/replaced"; fi
mv "$incoming/files" "$folder/$version"
point`;

/** Puts an artefact on the host as one whole version and, unless it is to be beside, points `current` at it, where that is not so already. */
export const push: Executor<Extract<Action, { kind: "push" }>> = async (action, context) => {
  const { artefact, folder, beside = false, owner = "", runAs } = action;
  const archive = await context.artefacts.archive(artefact);
  const words = [folder, artefact.version, archive.sha256, beside ? "beside" : ""];
  const seen = await context.connection.run(["sh", "-c", LOOK, "look", ...words], runOptions(context, runAs));
  if (!seen.ok) return commandFailure(seen);
  const released = /^released (\S+)$/.exec(seen.stdout.trim())?.[1];
  if (released !== undefined) return { kind: "failed", reason: otherRelease(artefact, released) };
  if (seen.stdout.trim() === "equal") {
    const what = `${artefact.name} ${artefact.version}`;
    const reason = beside ? `${what} is in ${folder}` : `${folder}/current is ${what}`;
    return { kind: "unchanged", reason };
  }
  const pushed = await context.connection.run(["sh", "-c", PUSH, "push", ...words, owner], {
    ...runOptions(context, runAs),
    stdin: createReadStream(archive.path),
  });
  return pushed.ok ? { kind: "changed" } : commandFailure(pushed);
};

/** A services file that was not brought up to date, or was so too early, moves no version back or on by the way. */
function otherRelease({ name, version }: ArtefactRef, released: string): string {
  return `smc release put ${name} ${released} there, and the services file says ${version}: say version: ${released} in the file, or smc release ${name}`;
}
