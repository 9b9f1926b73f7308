import * as v from "valibot";
import type { DeploymentName } from "../../../base/names.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { fingerprint } from "../../../plan/fingerprint.ts";
import type { ImageSums } from "../../../machines/release-images.ts";
import type { Io } from "../../model.ts";
import { greenSchema, requireGreen, type Green } from "../green.ts";
import { readReleaseFile, writeReleaseFile } from "../json-file.ts";

const image = v.strictObject({
  name: v.string(),
  /** The SHA-256 of the list of its checksums. */
  sums: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

const imageFile = v.strictObject({
  smcImages: v.literal(1),
  images: v.pipe(v.array(image), v.minLength(1)),
  green: v.array(greenSchema),
});

/** Images that were released and seen well: what goes to the next deployment as it is. */
export type ImageFile = v.InferOutput<typeof imageFile>;

function contentOf(images: ImageFile["images"]): string {
  return fingerprint(images.map(({ name, sums }) => `${name} ${sums}`).sort());
}

/** Writes images that were seen well in a deployment. */
export async function writeImages(
  io: Io,
  output: string,
  { sums, deployment, smoke }: { sums: ImageSums; deployment: DeploymentName; smoke: readonly string[] },
): Promise<void> {
  const images = [...sums].map(([name, sum]) => ({ name, sums: sum }));
  const seen: Green = { deployment, at: new Date().toISOString(), of: contentOf(images), smoke: [...smoke] };
  const file: ImageFile = { smcImages: 1, images, green: [seen] };
  await writeReleaseFile(io, output, file);
}

/**
 * Reads such a file. Throws an OperatorError (exit 2) for what is none, and (exit 3) where nobody saw the smoke tests hold with these very
 * images.
 */
export async function readImages(io: Io, path: string): Promise<ImageFile> {
  const command = `smc -d TEST release image newest --out ${path}`;
  const read = v.safeParse(imageFile, await readReleaseFile(io, path));
  if (!read.success) {
    throw new OperatorError(`${path} says of no images: ${v.summarize(read.issues).split("\n")[0] ?? ""}`, {
      code: "RELEASE_UNREADABLE",
      hint: `${command}  writes one`,
    });
  }
  requireGreen(read.output.green, { path, content: contentOf(read.output.images), command });
  return read.output;
}
