import { randomBytes } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../../base/error-code.ts";
import type { HostSettings } from "./host-settings.ts";
import { hashName, keyTypeOf, KnownHosts, parseKnownHosts } from "./known-hosts.ts";

/** The known_hosts files of a run, each set of files read once. */
export interface KnownHostsStore {
  /** Rejects when a file exists and cannot be read: what it would revoke is then unknown. */
  load(settings: HostSettings): Promise<KnownHosts>;
  /** Adds a key to the user's own file, under the name that ssh would write. */
  remember(settings: HostSettings, name: string, key: Buffer): Promise<void>;
}

export function createKnownHostsStore(): KnownHostsStore {
  const loaded = new Map<string, Promise<KnownHosts>>();
  const load = (settings: HostSettings): Promise<KnownHosts> => {
    const id = JSON.stringify(settings.knownHostsFiles);
    const known = loaded.get(id) ?? readAll(settings.knownHostsFiles);
    loaded.set(id, known);
    return known;
  };
  return {
    load,
    async remember(settings, name, key) {
      const [path] = settings.knownHostsFiles;
      if (path === undefined) return;
      const names = settings.hashKnownHosts ? hashed(name) : name;
      const line = `${names} ${keyTypeOf(key)} ${key.toString("base64")}`;
      for (const entry of parseKnownHosts(line, path)) (await load(settings)).add(entry);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // The old last line may lack its end; an empty line does no harm.
      await appendFile(path, `${(await endsOpen(path)) ? "\n" : ""}${line}\n`, { mode: 0o600 });
    },
  };
}

async function readAll(paths: readonly string[]): Promise<KnownHosts> {
  const files = await Promise.all(paths.map(async path => parseKnownHosts(await readIfThere(path), path)));
  return new KnownHosts(files.flat());
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return "";
    throw error;
  }
}

async function endsOpen(path: string): Promise<boolean> {
  const text = await readIfThere(path);
  return text !== "" && !text.endsWith("\n");
}

function hashed(name: string): string {
  const salt = randomBytes(20).toString("base64");
  return `|1|${salt}|${hashName(name, salt)}`;
}
