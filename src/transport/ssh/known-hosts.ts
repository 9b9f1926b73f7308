import { createHmac } from "node:crypto";
import { matchesPatternList } from "./wildcard.ts";

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  marker: "" | "@revoked" | "@cert-authority";
  /** The first field as it stands: patterns, or one hashed name. */
  names: string;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  type: string;
  /** The public key, base64. */
  key: string;
  /** `path:line`, for messages. */
  where: string;
}

/** What the known_hosts files say about the key that a host shows. */
export type KeyVerdict =
  | { kind: "trusted" }
  | { kind: "revoked"; where: string }
  | { kind: "changed"; where: string }
  /** Only keys of other types are known: ask the host for one of those. */
  | { kind: "other-types"; types: readonly string[]; where: string }
  | { kind: "unknown" };

const MARKERS = ["@revoked", "@cert-authority"] as const;

/** Reads one file. Comments, empty lines and lines that are no entries are passed over, as ssh does: they can only make a host unknown. */
export function parseKnownHosts(text: string, path: string): KnownHost[] {
  return text.split("\n").flatMap((line, index) => {
    const fields = line.trim().split(/\s+/);
    const marker = MARKERS.find(known => known === fields[0]) ?? "";
    const [names, type, key] = marker === "" ? fields : fields.slice(1);
    if (names === undefined || type === undefined || key === undefined) return [];
    if (names.startsWith("#") || names.startsWith("@")) return [];
    return [{ marker, names, type, key, where: `${path}:${index + 1}` }];
  });
}

/** How a host is called in known_hosts: by its bare name on port 22, as `[name]:port` elsewhere. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The type that a public key names itself by (RFC 4253, 6.6). */
export function keyTypeOf(key: Buffer): string {
  return key.toString("latin1", 4, 4 + key.readUInt32BE(0));
}

/** All entries of all files, laid out so that a fan-out does not hash every line for every host. */
export class KnownHosts {
  readonly #entries: KnownHost[] = [];
  readonly #byKey = new Map<string, KnownHost[]>();
  readonly #byName = new Map<string, KnownHost[]>();
  readonly #typeCounts = new Map<string, number>();

  constructor(entries: readonly KnownHost[]) {
    for (const entry of entries) this.add(entry);
  }

  add(entry: KnownHost): void {
    this.#entries.push(entry);
    append(this.#byKey, entry.key, entry);
    if (entry.marker !== "") return;
    this.#typeCounts.set(entry.type, (this.#typeCounts.get(entry.type) ?? 0) + 1);
    if (!/[|*?!]/.test(entry.names))
      for (const name of entry.names.toLowerCase().split(",")) append(this.#byName, name, entry);
  }

  /** What is known about a host that goes by any of `names` and shows `key`. */
  judge(names: readonly string[], key: Buffer): KeyVerdict {
    const base64 = key.toString("base64");
    const same = (this.#byKey.get(base64) ?? []).filter(entry => matchesAny(entry, names));
    const revoked = same.find(entry => entry.marker === "@revoked");
    if (revoked !== undefined) return { kind: "revoked", where: revoked.where };
    if (same.some(entry => entry.marker === "")) return { kind: "trusted" };
    return this.#explainStranger(names, keyTypeOf(key));
  }

  /** Every key that is trusted or revoked for a host that goes by any of `names`, in the order of the files. */
  entriesOf(names: readonly string[]): readonly KnownHost[] {
    return this.#entries.filter(entry => entry.marker !== "@cert-authority" && matchesAny(entry, names));
  }

  /** Whether a certificate authority is trusted for the host. */
  hasAuthority(names: readonly string[]): boolean {
    return this.#entries.some(entry => entry.marker === "@cert-authority" && matchesAny(entry, names));
  }

  /**
   * The key types to ask a host for, the most likely first: those known under its plain name, else those that are common in the
   * files. It is a guess, because finding a hashed name means hashing with every line's salt; `judge` corrects it.
   */
  likelyTypes(names: readonly string[]): readonly string[] {
    const known = names.flatMap(name => this.#byName.get(name) ?? []).map(entry => entry.type);
    const common = [...this.#typeCounts.entries()].sort((a, b) => b[1] - a[1]).map(([type]) => type);
    return [...new Set([...known, ...common])];
  }

  #explainStranger(names: readonly string[], type: string): KeyVerdict {
    const entries = this.#entries.filter(entry => entry.marker === "" && matchesAny(entry, names));
    const [first] = entries;
    if (first === undefined) return { kind: "unknown" };
    const sameType = entries.find(entry => entry.type === type);
    if (sameType !== undefined) return { kind: "changed", where: sameType.where };
    return { kind: "other-types", types: [...new Set(entries.map(entry => entry.type))], where: first.where };
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function matchesAny(entry: KnownHost, names: readonly string[]): boolean {
  return names.some(name => matches(entry.names, name));
}

function matches(field: string, name: string): boolean {
  if (field.startsWith("|1|")) return matchesHash(field, name);
  return matchesPatternList(field.split(","), name);
}

/** `|1|salt|hash`, HMAC-SHA1 of the name, both base64. */
function matchesHash(field: string, name: string): boolean {
  const [, , salt, hash] = field.split("|");
  if (salt === undefined || hash === undefined) return false;
  return hashName(name, salt) === hash;
}

/** The hash of a name with a base64 salt, as `HashKnownHosts yes` writes it. */
export function hashName(name: string, salt: string): string {
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64");
}
