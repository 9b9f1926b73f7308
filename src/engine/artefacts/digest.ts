import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** The digest of a file's content in hexadecimal, read piece by piece. */
export async function digestOf(algorithm: "sha256" | "sha512", path: string): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
