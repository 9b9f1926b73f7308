import type { HostName, SecretName } from "../base/names.ts";
import type { DeliveredSecret } from "../inventory/model.ts";

/** What a host has of secrets. */
export interface SeenSecrets {
  /** What smc brought to it, by path, in the words of `recordOf`. */
  record: ReadonlyMap<string, string>;
  /** The paths to which smc brought something for other deployments. */
  shared: ReadonlySet<string>;
  /** The files that there are at these paths and at those of the services file. */
  files: ReadonlyMap<string, { mode: number; owner: string; hash: string }>;
}

/** What is known of every host that was asked: what it has, or why nobody knows. */
export type SeenDeliveries = ReadonlyMap<HostName, SeenSecrets | { why: string }>;

/** What is to be said of one path of one host. */
export interface Delivery {
  host: HostName;
  path: string;
  /** Undefined where no host of its role is to have it any more. */
  secret: SecretName | undefined;
  /**
   * `foreign`: smc brought it or began to, and what is there is not by smc, so it is not removed. `unknown`: the host did not answer.
   */
  state: "delivered" | "missing" | "differs" | "unneeded" | "foreign" | "unknown";
  detail: string;
}

const LOOK = `record=$1; shift
echo "@record"
[ ! -f "$record" ] || cat "$record"
echo "@shared"
for other in "\${record%/*}"/*; do
  case $other in "$record" | *.lock | *.new) ;; *) [ ! -f "$other" ] || sed 's/^[^ ]* //' "$other" ;; esac
done
echo "@files"
{ [ ! -f "$record" ] || sed 's/^[^ ]* //' "$record"; for path do printf '%s\\n' "$path"; done; } | sort -u |
  while IFS= read -r path; do
    [ -f "$path" ] && [ ! -L "$path" ] || continue
    printf '%s %s %s\\n' "$(stat -c '%a %U:%G' "$path")" "$(sha256sum <"$path" | cut -c1-64)" "$path"
  done
echo "@end"`;

const RECORD_LINE = /^([0-9a-f]{64}|pending(?::[0-9a-f]{64}){0,2}) (\/\S+)$/;

/** The command whose output `parseSecrets` reads. It reads only, and must run as root. */
export function lookCommand(record: string, paths: readonly string[]): string[] {
  return ["sh", "-c", LOOK, "sh", record, ...paths];
}

/** Reads what a host has; undefined for anything that is not whole and of this form. */
export function parseSecrets(output: string): SeenSecrets | undefined {
  const [, records, others, found] =
    /^@record\n((?:.*\n)*?)@shared\n((?:.*\n)*?)@files\n((?:.*\n)*?)@end\n$/.exec(output) ?? [];
  if (records === undefined || others === undefined || found === undefined) return undefined;
  const record = linesOf(records).map(line => RECORD_LINE.exec(line));
  const files = linesOf(found).map(line => /^([0-7]+) (\S+:\S+) ([0-9a-f]{64}) (\/\S+)$/.exec(line));
  if (record.includes(null) || files.includes(null)) return undefined;
  return {
    record: new Map(record.map(match => [match?.[2] ?? "", match?.[1] ?? ""])),
    shared: new Set(linesOf(others)),
    files: new Map(
      files.map(match => {
        const [, mode = "", owner = "", hash = "", path = ""] = match ?? [];
        return [path, { mode: Number.parseInt(mode, 8), owner, hash }];
      }),
    ),
  };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter(line => line !== "");
}

/**
 * What there is to say of the secrets of hosts: of each that a host is to have, and of each that smc brought to it and that it needs no
 * more. `hashes` are those of the contents as they are sent; a secret without one is not on this machine, and counts as different.
 */
export function deliveriesOf(
  hosts: readonly HostName[],
  words: {
    secrets: readonly DeliveredSecret[];
    hashes: ReadonlyMap<SecretName, string>;
    seen: SeenDeliveries;
  },
): Delivery[] {
  return hosts.flatMap(host => {
    const wanted = words.secrets.filter(secret => secret.hosts.includes(host));
    const seen = words.seen.get(host) ?? { why: "not asked" };
    if ("why" in seen) return unknown(host, wanted, seen.why);
    const paths = new Set(wanted.map(({ path }) => path));
    return [
      ...wanted.map(secret => deliveryOf(host, { secret, seen, hash: words.hashes.get(secret.name) })),
      ...[...seen.record.keys()].filter(path => !paths.has(path)).map(path => leftOver(host, path, seen)),
    ];
  });
}

function unknown(host: HostName, wanted: readonly DeliveredSecret[], why: string): Delivery[] {
  const words = { host, state: "unknown", detail: why } as const;
  if (wanted.length === 0) return [{ ...words, path: "", secret: undefined }];
  return wanted.map(({ name, path }) => ({ ...words, path, secret: name }));
}

function deliveryOf(
  host: HostName,
  { secret, seen, hash }: { secret: DeliveredSecret; seen: SeenSecrets; hash: string | undefined },
): Delivery {
  const { name, path, mode, owner } = secret;
  const base = { host, path, secret: name };
  const file = seen.files.get(path);
  if (file === undefined) return { ...base, state: "missing", detail: "" };
  const wrong = [
    ...(file.hash === hash ? [] : ["content"]),
    ...(file.mode === mode ? [] : [`mode ${file.mode.toString(8)}`]),
    ...(ownerMatches(file.owner, owner) ? [] : [`owner ${file.owner}`]),
    ...(seen.record.get(path) === file.hash ? [] : ["not recorded as brought by smc"]),
  ];
  if (wrong.length === 0) return { ...base, state: "delivered", detail: "" };
  return { ...base, state: "differs", detail: wrong.join(", ") };
}

function ownerMatches(seen: string, wanted: string): boolean {
  return wanted.includes(":") ? seen === wanted : seen.startsWith(`${wanted}:`);
}

function leftOver(host: HostName, path: string, { record, shared, files }: SeenSecrets): Delivery {
  const base = { host, path, secret: undefined };
  const file = files.get(path);
  if (shared.has(path)) return { ...base, state: "unneeded", detail: "another deployment's: the file stays" };
  if (file === undefined) return { ...base, state: "unneeded", detail: "gone already" };
  const [first, ...hashes] = (record.get(path) ?? "").split(":");
  if (first === file.hash || hashes.includes(file.hash)) return { ...base, state: "unneeded", detail: "" };
  const detail =
    first === "pending"
      ? "it is not what smc was bringing when it was cut off: it stays"
      : "somebody changed it since smc brought it: it stays";
  return { ...base, state: "foreign", detail };
}
