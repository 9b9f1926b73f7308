import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { matchesPatternList, matchesWildcard } from "./wildcard.ts";

const SYSTEM_CONFIG = "/etc/ssh/ssh_config";

/** Include may nest this deep in ssh itself (readconf.c). */
const MAXIMUM_DEPTH = 16;

/** What in the ssh configuration can make two hosts differ. */
export interface ConfigPatterns {
  /** Whether anything but the `Host` lines decides: then every host must be asked for by itself. */
  everyHostDiffers: boolean;
  /** The pattern lists of the `Host` lines, in order. */
  hostLines: readonly (readonly string[])[];
}

/**
 * Reads the files that ssh would read, Include followed. Hosts that match the same `Host` lines get the same settings, unless
 * there is a `Match`, a token such as `%h`, or canonicalisation; so one `ssh -G` answers for all of them.
 */
export async function readConfigPatterns(configFile: string | undefined): Promise<ConfigPatterns> {
  const files = configFile === undefined ? [join(homedir(), ".ssh", "config"), SYSTEM_CONFIG] : [configFile];
  const lines = (await Promise.all(files.map(file => readLines(file, 0)))).flat();
  return {
    everyHostDiffers: lines.some(variesByHost),
    hostLines: lines.filter(line => line.keyword === "host").map(line => splitWords(line.value)),
  };
}

/** Two hosts of one run with the same signature get the same answer from `ssh -G`. */
export function hostSignature(patterns: ConfigPatterns, name: string): string {
  if (patterns.everyHostDiffers) return `name ${name}`;
  return `lines ${patterns.hostLines.map(line => (matchesPatternList(line, name) ? "1" : "0")).join("")}`;
}

interface ConfigLine {
  keyword: string;
  value: string;
}

function variesByHost({ keyword, value }: ConfigLine): boolean {
  if (keyword === "match") return value.toLowerCase() !== "all";
  if (keyword === "canonicalizehostname") return value !== "no";
  return keyword !== "controlpath" && value.includes("%");
}

async function readLines(file: string, depth: number): Promise<ConfigLine[]> {
  if (depth > MAXIMUM_DEPTH) return [];
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap(parseLine);
  const nested = lines.map(async line =>
    line.keyword === "include" ? includedLines(line.value, depth + 1, file) : [line],
  );
  return (await Promise.all(nested)).flat();
}

function parseLine(line: string): ConfigLine[] {
  const match = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(\S.*?)\s*$/.exec(line);
  if (match === null) return [];
  return [{ keyword: (match[1] ?? "").toLowerCase(), value: match[2] ?? "" }];
}

function splitWords(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2] ?? "");
}

async function includedLines(value: string, depth: number, from: string): Promise<ConfigLine[]> {
  const folder = from.startsWith("/etc/ssh/") ? "/etc/ssh" : join(homedir(), ".ssh");
  const files = await Promise.all(splitWords(value).map(path => expandGlob(absolutePath(path, folder))));
  return (await Promise.all(files.flat().map(file => readLines(file, depth)))).flat();
}

function absolutePath(path: string, folder: string): string {
  const expanded = path.replace(/^~(?=\/)/, homedir());
  return isAbsolute(expanded) ? expanded : join(folder, expanded);
}

async function expandGlob(path: string): Promise<string[]> {
  if (!/[*?]/.test(path)) return [path];
  const folders = await expandGlob(dirname(path));
  const found = folders.map(async folder => {
    const names = await readdir(folder).catch(() => []);
    return names.filter(name => matchesWildcard(basename(path), name)).map(name => join(folder, name));
  });
  return (await Promise.all(found)).flat().sort();
}
