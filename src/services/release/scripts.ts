import { REPRODUCIBLE_TAR } from "../../base/reproducible-tar.ts";
import { quoteForShell } from "../../base/shell.ts";

const STATES = ["begun", "back", "done"] as const;

/** What a release is, in the folder of versions that it is about: `VERSION TIME begun|back|done`. */
export interface ReleaseNote {
  version: string;
  /** ISO 8601, UTC. */
  at: string;
  /** `begun`, or `back` for a version that the place had before, until every instance of the place runs the version and was seen well. */
  state: (typeof STATES)[number];
}

/** What was seen of a place. Versions are names of folders, archives the SHA-256 of what they were unpacked from. */
export interface SeenPlace {
  current: string | undefined;
  /** What `current` was before the last release: the way back. */
  previous: string | undefined;
  note: ReleaseNote | undefined;
  archives: ReadonlyMap<string, string>;
}

/** Prints what `parsePlace` reads. Only looks. */
const LOOK = `cd "$1" 2>/dev/null || { echo end; exit 0; }
for link in current previous; do [ ! -L $link ] || echo "$link $(readlink $link)"; done
[ ! -f .smc-release ] || echo "note $(cat .smc-release)"
for mark in */.smc-archive; do [ ! -f "$mark" ] || [ -L "\${mark%/*}" ] || echo "archive \${mark%/*} $(cat "$mark")"; done
echo end`;

/** A script that looks at a folder of versions. */
export function lookScript(folder: string): string[] {
  return ["sh", "-c", LOOK, "sh", folder];
}

/** Reads the output of `lookScript`; undefined when it is not whole or has a line of another form. */
export function parsePlace(output: string): SeenPlace | undefined {
  const lines = output.trim().split("\n");
  if (lines.pop() !== "end") return undefined;
  const place = { archives: new Map<string, string>() } as {
    -readonly [Key in keyof SeenPlace]: SeenPlace[Key];
  } & {
    archives: Map<string, string>;
  };
  for (const line of lines) {
    const [word = "", first = "", second = "", third = "", ...more] = line.split(" ");
    if (first === "" || more.length > 0) return undefined;
    if (word === "current" || word === "previous") place[word] = first;
    else if (word === "archive") place.archives.set(first, second);
    else if (word === "note") {
      const state = STATES.find(known => known === third);
      if (state === undefined) return undefined;
      place.note = { version: first, at: second, state };
    } else return undefined;
  }
  const { current, previous, note, archives } = place;
  return { current, previous, note, archives };
}

/** Arguments: folder, version, SHA-256. What lies there packs to the archive that it came from: no file more, less or other. */
const WHOLE = `got=$(${quoteForShell(["tar", "--create", ...REPRODUCIBLE_TAR, "--anchored", "--exclude=./.smc-archive", "--file=-", "--directory"])} "$1/$2" . | sha256sum)
[ "\${got%% *}" = "$3" ] || { echo "$1/$2 is not what was sent: it packs to SHA-256 \${got%% *}, not $3; remove it, and release again"; exit 1; }`;

/** A script that succeeds where a version is whole, file by file. */
export function wholeScript(folder: string, version: string, sha256: string): string[] {
  return ["sh", "-c", WHOLE, "sh", folder, version, sha256];
}

/**
 * Arguments: folder, version, SHA-256, what `previous` is to be (empty: none), note. Each link moves by one rename; \`current\` last, so
 * that a run that dies in between has changed nothing that runs.
 */
const SWITCH = `set -eu
cd "$1"
exec 9>.push.lock
flock 9
[ "$(cat "$2/.smc-archive")" = "$3" ] || { echo "$1/$2 is another version than it was" >&2; exit 1; }
point() { ln -s "$2" ".$1-$$"; mv -T ".$1-$$" "$1"; }
if [ -n "$4" ]; then point previous "$4"; else rm -f previous; fi
printf '%s\\n' "$5" >".note-$$"
mv ".note-$$" .smc-release
point current "$2"`;

const SWITCHED = `cd "$1" && [ "$(readlink current)" = "$2" ] && [ "$(cut -d ' ' -f 1,2 .smc-release)" = "$3" ]`;

/** A version of a place to go to. */
export interface SwitchWords {
  folder: string;
  version: string;
  archive: string;
  previous: string | undefined;
  note: ReleaseNote;
}

/** A script that points `current` at a version that is there, and notes it. */
export function switchScript({ folder, version, archive, previous = "", note }: SwitchWords): string[] {
  return ["sh", "-c", SWITCH, "sh", folder, version, archive, previous, noteText(note)];
}

/** Succeeds where `switchScript` has been. */
export function switchedScript({ folder, version, note }: SwitchWords): string[] {
  return ["sh", "-c", SWITCHED, "sh", folder, version, `${note.version} ${note.at}`];
}

const NOTE = `printf '%s\\n' "$2" >"$1/.note-$$" && mv "$1/.note-$$" "$1/.smc-release"`;

/** A script that writes the note of a place anew. */
export function noteScript(folder: string, note: ReleaseNote): string[] {
  return ["sh", "-c", NOTE, "sh", folder, noteText(note)];
}

/** Succeeds where the note is that. */
export function notedScript(folder: string, note: ReleaseNote): string[] {
  return ["sh", "-c", 'grep -qxF -e "$2" "$1/.smc-release"', "sh", folder, noteText(note)];
}

function noteText({ version, at, state }: ReleaseNote): string {
  return `${version} ${at} ${state}`;
}
