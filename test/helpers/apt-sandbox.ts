import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";
import { buildPackage, indexEntry, type TestPackage } from "./test-package.ts";

/** Whether this machine has apt and dpkg, and lets us run them on a folder as if it were a system of its own. */
export const hasApt =
  process.getuid?.() === 0 && ["apt-get", "dpkg-deb"].every(name => existsSync(`/usr/bin/${name}`));

/** What a script gave. */
export interface ScriptResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A root of its own for the real apt and dpkg of this machine, with a repository that is a folder. */
export interface AptSandbox {
  /** Variables by which apt and dpkg work on it. */
  env: Readonly<Record<string, string>>;
  root: string;
  /** Builds packages and offers them, beside those that are offered already. */
  offer(...packages: readonly TestPackage[]): void;
  /** Offers nothing but these any more. */
  offerOnly(...packages: readonly TestPackage[]): void;
  run(argv: readonly string[], input?: string): ScriptResult;
  /** Runs a command that must succeed. */
  must(...argv: readonly string[]): string;
  /** `NAME VERSION` of all that is installed and whole. */
  installed(): string[];
}

/** Makes one; it is removed when the test ends. */
export async function aptSandbox(): Promise<AptSandbox> {
  const folder = await temporaryFolder();
  const root = join(folder, "root");
  const repository = join(folder, "repository");
  layOut(root);
  mkdirSync(repository);
  writeFileSync(join(root, "etc/apt/sources.list"), `deb [trusted=yes] copy:${repository} ./\n`);
  const config = join(folder, "apt.conf");
  writeFileSync(
    config,
    `Dir "${root}";\nDir::State::status "${root}/var/lib/dpkg/status";\nAPT::Sandbox::User "root";
Acquire::http::Proxy "DIRECT";
DPkg::Options { "--root=${root}"; "--force-script-chrootless"; };\n`,
  );
  const env = { APT_CONFIG: config, DPKG_ROOT: root, DPKG_FORCE: "script-chrootless,downgrade", LC_ALL: "C" };
  const run = ([program = "", ...words]: readonly string[], input = ""): ScriptResult => {
    const options = { encoding: "utf8", env: { ...process.env, ...env }, input } as const;
    const { status, stdout, stderr } = spawnSync(program, words, options);
    return { code: status, stdout, stderr };
  };
  const must = (...argv: readonly string[]): string => {
    const { code, stdout, stderr } = run(argv);
    if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  const files = new Map<string, string>();
  const offer = (...packages: readonly TestPackage[]): void => {
    for (const each of packages)
      files.set(`${each.name} ${each.version}`, indexEntry(buildPackage(repository, each)));
    writeFileSync(join(repository, "Packages"), [...files.values()].join("\n"));
    must("apt-get", "-qq", "update");
  };
  return {
    env,
    root,
    offer,
    offerOnly: (...packages) => {
      files.clear();
      offer(...packages);
    },
    run,
    must,
    installed: () =>
      must("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package} ${Version}\n")
        .split("\n")
        .flatMap(line => (line.startsWith("installed ") ? [line.slice("installed ".length)] : [])),
  };
}

function layOut(root: string): void {
  for (const path of [
    "var/lib/dpkg/info",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/triggers",
    "var/lib/apt/lists/partial",
    "var/cache/apt/archives/partial",
    "var/log/apt",
    "etc/apt/apt.conf.d",
    "etc/apt/preferences.d",
  ])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, "var/lib/dpkg/status"), "");
}
