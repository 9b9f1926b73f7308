import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { smc, type SmcOptions, type SmcResult } from "./smc.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/smc");

/** A site of real processes on this machine: two instances of a service `ticker`. Stop it at the end of each test. */
export interface LocalSite {
  directory: string;
  smc: (line: string, options?: SmcOptions) => Promise<SmcResult>;
  /** The real program as a process of its own. */
  spawn: (...words: readonly string[]) => ChildProcess;
  /** How many records the journals have in all. */
  countRecords: () => Promise<number>;
  /** The records of the journal that was written to last. */
  readNewest: () => Promise<Record<string, unknown>[]>;
  /** Writes the services file anew, with another command for its program. */
  rewrite: (command: string) => Promise<void>;
}

/** A program that ends at TERM. */
export const TICKER = "sh -c \"trap 'exit 0' TERM; while :; do sleep 0.05; done\"";

export async function localSite(): Promise<LocalSite> {
  const directory = await temporaryFolder();
  const runs = join(directory, ".local/state/smc/lab/runs");
  const rewrite = (command: string): Promise<void> =>
    writeFile(join(directory, "conf/services.yaml"), servicesFile(command));
  await mkdir(join(directory, "conf"));
  await rewrite(TICKER);
  const journals = (): Promise<string[]> => readdir(runs).catch(() => []);
  const newest = async (): Promise<string> => {
    const names = await journals();
    const times = await Promise.all(names.map(async name => (await stat(join(runs, name))).mtimeMs));
    return names[times.indexOf(Math.max(...times))] ?? "";
  };
  const readJournal = async (name: string): Promise<string[]> =>
    (await readFile(join(runs, name), "utf8")).split("\n").slice(0, -1);
  return {
    directory,
    rewrite,
    smc: (line, options = {}) => smc(line, { directory, ...options }),
    spawn: (...words) =>
      spawn(PROGRAM, words, {
        cwd: directory,
        env: { PATH: process.env["PATH"], HOME: directory },
        stdio: "pipe",
      }),
    countRecords: async () => {
      const lines = await Promise.all((await journals()).map(readJournal));
      return lines.flat().length;
    },
    readNewest: async () => {
      const lines = await readJournal(await newest());
      return lines.map(line => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

/** Waits for the end of a process. Gives its exit code, null when it was killed, and what it wrote. */
export async function endOf(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const text = { out: "", err: "" };
  child.stdout?.on("data", chunk => (text.out += String(chunk)));
  child.stderr?.on("data", chunk => (text.err += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out: text.out, err: stripVTControlCharacters(text.err) };
}

function servicesFile(command: string): string {
  return `smc: 1
default: lab
deployments:
  lab:
    site: localhost
    transport: local
    machines:
      one: { vpn: 127.0.0.1, dc: DC0 }
      two: { vpn: 127.0.0.2, dc: DC0 }
    services:
      ticker: { at: "one,two", command: ${JSON.stringify(command)} }
`;
}
