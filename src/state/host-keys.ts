import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HostName, SecretName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { Secret } from "../base/secret.ts";
import type { SecretFiles } from "./secret-files.ts";

/**
 * The public ssh host key of a host, `ssh-ed25519 AAAA…`. Its private key is the secret of this name, base64 of the whole file in one
 * line; it is made where there is none, and then kept. Throws an OperatorError where ssh-keygen is missing.
 */
export async function provideHostKey(
  secrets: SecretFiles,
  { host, secret }: { host: HostName; secret: SecretName },
): Promise<string> {
  const known = await secrets.get(secret);
  if (known !== undefined)
    return publicKeyOf(Buffer.from(known.reveal(), "base64").toString("latin1"), secret);
  const made = await makeKey(host);
  await secrets.put(secret, new Secret(Buffer.from(made.reveal(), "latin1").toString("base64")));
  return publicKeyOf(made.reveal(), secret);
}

async function makeKey(host: HostName): Promise<Secret> {
  const folder = await mkdtemp(join(tmpdir(), "smc-key-"));
  try {
    const path = join(folder, "key");
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", host, "-f", path]);
    return new Secret(await readFile(path, "latin1"));
  } catch (cause) {
    throw new OperatorError("no ssh host key can be made here: ssh-keygen does not work", {
      code: "SSH_KEYGEN",
      hint: "install the OpenSSH client",
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const MAGIC = "openssh-key-v1\0";

/** The public part of a private key file, which stands in it unencrypted (openssh PROTOCOL.key). */
function publicKeyOf(file: string, name: SecretName): string {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(file)?.[1] ?? "";
  const bytes = Buffer.from(body, "base64");
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new OperatorError(`the secret ${name} is no private key of OpenSSH`, {
      code: "HOST_KEY_UNREADABLE",
    });
  }
  // Cipher, key derivation and its options, each with its length before it; then the number of keys.
  let at = MAGIC.length;
  for (let field = 0; field < 3; field++) at += 4 + bytes.readUInt32BE(at);
  at += 4;
  const key = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
  const type = key.toString("latin1", 4, 4 + key.readUInt32BE(0));
  return `${type} ${key.toString("base64")}`;
}
