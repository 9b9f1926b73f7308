import { createHash } from "node:crypto";
import type { HostName } from "../base/names.ts";
import { shellWithDaemons } from "../base/shell.ts";
import { FOLDER, KEY, UNIT } from "./places.ts";

/** What a host has of the VPN. */
export interface SeenHost {
  /** Of tinc; undefined where it is not installed. */
  version: string | undefined;
  /** `ping` is there, for gates and checks. */
  canPing: boolean;
  active: boolean;
  enabled: boolean;
  /** Text files by path below the folder of the network; the private key is not among them. */
  files: ReadonlyMap<string, string>;
}

/** What is known of every host that was asked: what it has, or why nobody knows. */
export type Seen = ReadonlyMap<HostName, SeenHost | { why: string }>;

/** What a host has, where it answered. */
export function seenOf(seen: Seen, host: HostName): SeenHost | undefined {
  const found = seen.get(host);
  return found === undefined || "why" in found ? undefined : found;
}

const SCRIPT = `folder=$1 unit=$2 key=$3
version=$(tincd --version 2>/dev/null | sed -n '1s/^tinc version \\([^ ]*\\).*/\\1/p')
echo "@version \${version:--}"
if command -v ping >/dev/null; then echo "@ping yes"; else echo "@ping no"; fi
echo "@active $(systemctl is-active "$unit" 2>/dev/null)"
echo "@enabled $(systemctl is-enabled "$unit" 2>/dev/null)"
if cd "$folder" 2>/dev/null; then
  for file in tinc.conf tinc-up "$key.pub" hosts/*; do
    if [ -f "$file" ]; then echo "@file $file"; cat "$file"; echo; fi
  done
fi
echo @end`;

/** The command whose output `parseSeen` reads. It reads only, and must run as root. */
export function lookCommand(): string[] {
  return shellWithDaemons(SCRIPT, [FOLDER, UNIT.name, KEY]);
}

/** Reads what a host said of itself; undefined for anything that is not whole and of this form. */
export function parseSeen(output: string): SeenHost | undefined {
  const pieces = output.split(/^@/m);
  if (pieces.shift() !== "" || pieces.pop() !== "end\n") return undefined;
  const words = new Map<string, string>();
  const files = new Map<string, string>();
  for (const piece of pieces) {
    const [line = "", ...rest] = piece.split("\n");
    const [, name, value] = /^(version|ping|active|enabled|file) ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    if (name === "file") files.set(value, rest.join("\n").replace(/\n$/, ""));
    else words.set(name, value);
  }
  const version = words.get("version");
  if (version === undefined || words.size !== 4) return undefined;
  return {
    version: version === "-" ? undefined : version,
    canPing: words.get("ping") === "yes",
    active: words.get("active") === "active",
    enabled: words.get("enabled") === "enabled",
    files,
  };
}

const PUBLIC_KEY = /-----BEGIN RSA PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END RSA PUBLIC KEY-----\n/;

/** The public key in a text, as tinc writes it. */
export function keyIn(text: string | undefined): string | undefined {
  return PUBLIC_KEY.exec(text ?? "")?.[0];
}

/** The key that the host says is its own. */
export function ownKey(seen: SeenHost | undefined): string | undefined {
  return keyIn(seen?.files.get(`${KEY}.pub`));
}

/** A host that is in the VPN: it has a key and was told whom to connect to. */
export function isMember(seen: SeenHost | undefined): boolean {
  return seen !== undefined && seen.files.has("tinc.conf") && ownKey(seen) !== undefined;
}

/** A key in a few letters: `SHA256:…` of its base64 text. */
export function keyFingerprint(key: string): string {
  const base64 = key.replaceAll(/-----[^-]+-----|\n/g, "");
  const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return `SHA256:${hash.slice(0, 16)}`;
}
