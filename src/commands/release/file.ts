import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import type { DeploymentName } from "../../base/names.ts";
import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { Io } from "../model.ts";

const piece = v.strictObject({
  service: v.string(),
  version: v.string(),
  /** Absolute, on the machine that the release was made on. */
  archive: v.string(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** For people: where it came from. */
  source: v.string(),
});

const green = v.strictObject({
  deployment: v.string(),
  at: v.string(),
  /** Of what was tried there. */
  of: v.string(),
  smoke: v.array(v.string()),
});

const releaseFile = v.strictObject({
  smcRelease: v.literal(1),
  code: v.array(piece),
  green: v.array(green),
});

/** The program of one service, pinned to its bytes. */
export type ReleasePiece = v.InferOutput<typeof piece>;

/** Where all smoke tests held with what. */
export type Green = v.InferOutput<typeof green>;

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
  try {
    await writeFileAtomic(resolve(io.directory, output), `${JSON.stringify(file, null, 2)}\n`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the release is there, and cannot be written down: ${why}`, {
      code: "RELEASE_UNWRITABLE",
      exit: ExitCode.Failed,
      hint: "give the same command again with another --out: it finds everything as it is, and asks the smoke tests",
      cause,
    });
  }
}

/**
 * Reads a release. Throws an OperatorError (exit 2) for what is none, and (exit 3) where nobody saw the smoke tests hold with this very
 * content.
 */
export async function readRelease(io: Io, path: string): Promise<ReleaseFile> {
  const read = v.safeParse(releaseFile, await readJson(io, path));
  if (!read.success) {
    throw new OperatorError(`${path} is no release: ${v.summarize(read.issues).split("\n")[0] ?? ""}`, {
      code: "RELEASE_UNREADABLE",
      hint: `smc -d TEST release SERVICE --to REF --out ${path}  writes one`,
    });
  }
  const { code, green: seen } = read.output;
  if (code.length > 0 && seen.some(({ of, smoke }) => of === contentOf(code) && smoke.length > 0))
    return read.output;
  throw new OperatorError(`no smoke test has held with the content of ${path}: nothing was touched`, {
    code: "RELEASE_NOT_GREEN",
    exit: ExitCode.Refused,
    details: seen.map(
      ({ deployment, at, of }) => `${deployment}, ${at}: was asked of another content (${of.slice(0, 12)})`,
    ),
    hint: `release it on a deployment for tests first: smc -d TEST release SERVICE --to REF --out ${path}`,
  });
}

async function readJson(io: Io, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(resolve(io.directory, path), "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(`the release cannot be read: ${why}`, { code: "RELEASE_UNREADABLE", cause });
  }
}
