import type { Bytes } from "../base/units.ts";
import type { ArtefactRef } from "../plan/model.ts";

/** A tar archive on the controller, of what belongs into the folder of one version. */
export interface Archive {
  path: string;
  /** SHA-256 of the archive in hexadecimal; the same content always has the same. */
  sha256: string;
  bytes: Bytes;
}

/** Finds or makes the archive of an artefact on the controller. */
export interface ArtefactStore {
  /** Throws an OperatorError when the artefact cannot be had. */
  archive(artefact: ArtefactRef): Promise<Archive>;
}
