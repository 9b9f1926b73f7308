import * as v from "valibot";
import type { DeploymentName } from "../../../base/names.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { fingerprint } from "../../../plan/fingerprint.ts";
import type { Pins } from "../../../services/release/packages/decide.ts";
import type { Io } from "../../model.ts";
import { greenSchema, requireGreen, type Green } from "../green.ts";
import { readReleaseFile, writeReleaseFile } from "../json-file.ts";

const packagesFile = v.strictObject({
  smcPackages: v.literal(1),
  /** `debian bookworm amd64`, with the version of each package there. */
  pins: v.record(v.string(), v.record(v.string(), v.string())),
  green: v.array(greenSchema),
});

type PackagesFile = v.InferOutput<typeof packagesFile>;

/** Writes the versions that were seen well in a deployment. */
export async function writePins(
  io: Io,
  output: string,
  { pins, deployment, smoke }: { pins: Pins; deployment: DeploymentName; smoke: readonly string[] },
): Promise<void> {
  const written = Object.fromEntries(
    [...pins].map(([system, versions]) => [system, Object.fromEntries(versions)]),
  );
  const seen: Green = {
    deployment,
    at: new Date().toISOString(),
    of: fingerprint(written),
    smoke: [...smoke],
  };
  const file: PackagesFile = { smcPackages: 1, pins: written, green: [seen] };
  await writeReleaseFile(io, output, file);
}

/**
 * Reads such a file. Throws an OperatorError (exit 2) for what is none, and (exit 3) where nobody saw the smoke tests hold with these very
 * versions.
 */
export async function readPins(io: Io, path: string): Promise<Pins> {
  const read = v.safeParse(packagesFile, await readReleaseFile(io, path));
  const command = `smc -d TEST release packages --out ${path}`;
  if (!read.success) {
    throw new OperatorError(
      `${path} is no release of packages: ${v.summarize(read.issues).split("\n")[0] ?? ""}`,
      { code: "RELEASE_UNREADABLE", hint: `${command}  writes one` },
    );
  }
  const { pins, green } = read.output;
  requireGreen(green, { path, content: fingerprint(pins), command });
  return new Map(
    Object.entries(pins).map(([system, versions]) => [system, new Map(Object.entries(versions))]),
  );
}
