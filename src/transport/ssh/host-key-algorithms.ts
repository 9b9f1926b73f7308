import type { ServerHostKeyAlgorithm } from "ssh2";

/** The signature algorithms for each type of host key, strongest first; SHA-1 signatures are never accepted. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** All algorithms for host keys, those of the likely types first. */
export function preferHostKeyTypes(likely: readonly string[]): ServerHostKeyAlgorithm[] {
  return onlyHostKeyTypes([...new Set([...likely, ...Object.keys(ALGORITHMS)])]);
}

/** The algorithms for these types of host keys alone; a type that ssh2 does not know gives none. */
export function onlyHostKeyTypes(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return types.flatMap(type => ALGORITHMS[type] ?? []);
}
