import type { ArtefactRef } from "../plan/model.ts";

/** Where software comes from, as the services file says it. */
export type SourceSetting =
  | { folder: string }
  | { tarball: string; sha512: string }
  | { git: string; ref: string; folder?: string | undefined }
  | { maven: string };

/** The same as a plan says it. */
export function artefactSource(source: SourceSetting): ArtefactRef["source"] {
  if ("maven" in source) return { kind: "maven", coordinates: source.maven };
  if ("git" in source) {
    const { git: path, ref, folder } = source;
    return { kind: "git", path, ref, ...(folder === undefined ? {} : { folder }) };
  }
  if ("folder" in source) return { kind: "folder", path: source.folder };
  return { kind: "tarball", path: source.tarball, sha512: source.sha512.toLowerCase() };
}
