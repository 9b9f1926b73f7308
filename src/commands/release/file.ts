import * as v from "valibot";
import type { DeploymentName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { Io } from "../model.ts";
import { greenSchema, requireGreen, type Green } from "./green.ts";
import { readReleaseFile, writeReleaseFile } from "./json-file.ts";

const piece = v.strictObject({
  service: v.string(),
  version: v.string(),
  /** Absolute, on the machine that the release was made on. */
  archive: v.string(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** For people: where it came from. */
  source: v.string(),
});

const releaseFile = v.strictObject({
  smcRelease: v.literal(1),
  code: v.pipe(v.array(piece), v.minLength(1)),
  green: v.array(greenSchema),
});

/** The program of one service, pinned to its bytes. */
export type ReleasePiece = v.InferOutput<typeof piece>;

/** What was released: what goes to the next deployment as it is. */
export type ReleaseFile = v.InferOutput<typeof releaseFile>;

/** A hash of what is released, by service, version and content; not of where it lies. */
function contentOf(pieces: readonly ReleasePiece[]): string {
  return fingerprint(
    pieces
      .map(({ service, version, sha256 }) => [service, version, sha256])
      .sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1)),
  );
}

/** Writes a release that was seen well in a deployment. */
export async function writeRelease(
  io: Io,
  output: string,
  {
    pieces,
    deployment,
    smoke,
  }: { pieces: readonly ReleasePiece[]; deployment: DeploymentName; smoke: readonly string[] },
): Promise<void> {
  const seen: Green = { deployment, at: new Date().toISOString(), of: contentOf(pieces), smoke: [...smoke] };
  const file: ReleaseFile = { smcRelease: 1, code: [...pieces], green: [seen] };
  await writeReleaseFile(io, output, file);
}

/**
 * Reads a release. Throws an OperatorError (exit 2) for what is none, and (exit 3) where nobody saw the smoke tests hold with this very
 * content.
 */
export async function readRelease(io: Io, path: string): Promise<ReleaseFile> {
  const content = await readReleaseFile(io, path);
  const read = v.safeParse(releaseFile, content);
  const command = `smc -d TEST release SERVICE --to REF --out ${path}`;
  if (!read.success) {
    throw new OperatorError(
      `${path} is no release of smc${isMarked(content) ? `: ${v.summarize(read.issues).split("\n")[0] ?? ""}` : ""}`,
      {
        code: "RELEASE_UNREADABLE",
        hint: `${command}  writes one`,
      },
    );
  }
  requireGreen(read.output.green, { path, content: contentOf(read.output.code), command });
  return read.output;
}

/** Of a file of something else it would only confuse to tell what it lacks. */
function isMarked(content: unknown): boolean {
  return typeof content === "object" && content !== null && "smcRelease" in content;
}
