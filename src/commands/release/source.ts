import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import type { ArtefactStore } from "../../engine/artefacts.ts";
import { digestOf } from "../../engine/artefacts/digest.ts";
import { commitOf } from "../../engine/artefacts/git.ts";
import type { ArtefactRef } from "../../plan/model.ts";
import type { Place } from "../../services/release/places.ts";
import type { ReleasePiece } from "./file.ts";

/** What `--to` and `--as` say, from where. */
export interface SourceWords {
  store: ArtefactStore;
  directory: string;
  to?: string;
  as?: string;
}

/** Names the versions of trees that have no name: as much of their hash as nobody meets twice. */
const NAME_LENGTH = 12;

/** The program of a service, packed on this machine and pinned by its checksum. Throws an OperatorError where it cannot be had. */
export async function packPiece(places: readonly Place[], words: SourceWords): Promise<ReleasePiece> {
  const said = saidArtefact(places);
  const { artefact, source } = await wanted(said, words);
  const archive = await words.store.archive(artefact);
  const version =
    words.as ?? (artefact.version === "" ? archive.sha256.slice(0, NAME_LENGTH) : artefact.version);
  return { service: said.name, version, archive: archive.path, sha256: archive.sha256, source };
}

/** A piece as a plan takes it: the very archive, whatever becomes of the folder or branch that it was made of. */
export function pinnedArtefact({ service, version, archive, sha256 }: ReleasePiece): ArtefactRef {
  return { name: service, version, source: { kind: "archive", path: archive, sha256 } };
}

/** What the services file says. All hosts get one version, so it says the same for all. */
export function saidArtefact(places: readonly Place[]): ArtefactRef {
  const said = places.flatMap(({ lead: { rendered } }) =>
    rendered.software.kind === "artefact" ? [rendered.software.artefact] : [],
  );
  const [first] = said;
  if (first === undefined) throw new Error("a place without software");
  const others = new Set(said.map(artefact => JSON.stringify(artefact)));
  if (others.size === 1) return first;
  throw new OperatorError(
    `the services file gives ${others.size} different sources to the hosts of ${first.name}`,
    {
      code: "RELEASE_SOURCES_DIFFER",
      hint: "release them on their hosts one by one, or let all have one source",
    },
  );
}

async function wanted(
  said: ArtefactRef,
  { to, directory }: SourceWords,
): Promise<{ artefact: ArtefactRef; source: string }> {
  if (to === undefined) return { artefact: said, source: describe(said.source) };
  if (said.source.kind === "git" && !/^\.{0,2}\//.test(to)) {
    const commit = await commitOf({ ...said.source, ref: to });
    const artefact = {
      ...said,
      version: commit.slice(0, NAME_LENGTH),
      source: { ...said.source, ref: commit },
    };
    return { artefact, source: `${describe(artefact.source)} (${to})` };
  }
  const path = resolve(directory, to);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new OperatorError(`--to takes a folder or a tarball here, and ${path} is not there`, {
      code: "ARTEFACT_MISSING",
      hint: `a git ref is for a source: {git: PATH, ref: NAME, version: NAME} of ${said.name} in the services file`,
    });
  }
  const source: ArtefactRef["source"] = found.isDirectory()
    ? { kind: "folder", path }
    : { kind: "tarball", path, sha512: await digestOf("sha512", path) };
  return { artefact: { name: said.name, version: "", source }, source: describe(source) };
}

function describe(source: ArtefactRef["source"]): string {
  if (source.kind === "maven") return source.coordinates;
  return source.kind === "git" ? `${source.path} at ${source.ref}` : source.path;
}
