import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { smc, type SmcOptions, type SmcResult } from "../../helpers/smc.ts";
import type { Lab } from "./lab.ts";
import type { HostLayout } from "./layout.ts";

const PROGRAM = join(import.meta.dirname, "../../../bin/smc");

/** A services file for the hosts of a lab, and smc at work on it: in process, or as the real program. */
export interface LabSite {
  directory: string;
  smc(line: string, options?: SmcOptions): Promise<SmcResult>;
  /** The real program as a process of its own. */
  spawn(...words: readonly string[]): ChildProcessWithoutNullStreams;
  /** Writes the services file anew, with all hosts of the lab and other services. */
  rewrite(services: Readonly<Record<string, unknown>>): Promise<void>;
  /** Writes a file beside it, by its path below the folder of the site. */
  write(path: string, text: string): Promise<void>;
  /** The records of a run's journal, the newest run unless told. */
  journal(run?: string): Promise<Record<string, unknown>[]>;
  /** The text of every file that smc wrote on this machine, secrets left out. */
  everythingWritten(): Promise<string>;
  close(): Promise<void>;
}

export interface LabSiteWords {
  services: Readonly<Record<string, unknown>>;
  /** What comes beside `services:` in the deployment. */
  deployment?: Readonly<Record<string, unknown>>;
  /** The entry of a machine; its address in the lab is that of the VPN unless told. */
  machine?: (host: HostLayout, index: number) => Readonly<Record<string, unknown>>;
  /** Hosts that are no machines of the site before `rewrite`. */
  without?: readonly string[];
}

/** A site of one deployment, `lab`, whose machines are the hosts of the lab. Artefacts are kept in the usual cache. */
export async function labSite(lab: Lab, words: LabSiteWords): Promise<LabSite> {
  const directory = await mkdtemp(join(tmpdir(), "smc-lab-site-"));
  const state = join(directory, "state");
  const rewrite = (services: LabSiteWords["services"]): Promise<void> =>
    writeFile(join(directory, "conf/services.yaml"), servicesFile(lab, { ...words, services, without: [] }));
  await mkdir(join(directory, "conf"));
  await writeFile(join(directory, "conf/services.yaml"), servicesFile(lab, words));
  const env = { ...environment(), SMC_STATE: state, SMC_SSH_CONFIG: lab.ssh.config };
  const runs = join(state, "lab", "runs");
  const readRun = async (name: string): Promise<Record<string, unknown>[]> => {
    const lines = (await readFile(join(runs, name), "utf8")).split("\n").slice(0, -1);
    return lines.map(line => JSON.parse(line) as Record<string, unknown>);
  };
  return {
    directory,
    rewrite,
    write: (path, text) => writeFile(join(directory, path), text),
    smc: (line, options = {}) => smc(line, { directory, ...options, env: { ...env, ...options.env } }),
    spawn: (...argv) => spawn(PROGRAM, argv, { cwd: directory, env, stdio: "pipe" }),
    journal: async run => {
      const names = (await readdir(runs)).toSorted();
      return readRun(run === undefined ? (names.at(-1) ?? "") : `${run}.jsonl`);
    },
    everythingWritten: () => contentOf(state),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

function environment(): Record<string, string> {
  const names = ["PATH", "HOME", "XDG_CACHE_HOME"];
  return Object.fromEntries(
    names.flatMap(name => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function servicesFile(lab: Lab, { services, deployment, machine, without = [] }: LabSiteWords): string {
  const entry = machine ?? (({ address }: HostLayout) => ({ vpn: address, dc: "DC0" }));
  const machines = lab.hosts
    .map((host, index) => [host.name, entry(host, index)] as const)
    .filter(([name]) => !without.includes(name));
  return stringify({
    smc: 1,
    default: "lab",
    defaults: { user: "salvus", ssh: { connect_timeout: "3s" } },
    machines: Object.fromEntries(machines),
    deployments: { lab: { site: "lab.example", ...deployment, services } },
  });
}

async function contentOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  const texts = await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), "utf8")));
  return texts.join("\n");
}
