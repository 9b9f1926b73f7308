import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** A program that a tier needs, and the Debian package that has it. */
export interface Requirement {
  program: string;
  package: string;
}

const APT_DEADLINE = 600_000;

/**
 * Makes sure that the programs are there; installs the missing ones where this user may.
 * Gives the reason why the tier cannot run, or undefined when all are there.
 */
export function provide(requirements: readonly Requirement[]): string | undefined {
  const missing = missingOf(requirements);
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map(requirement => requirement.package))];
  if (!mayInstall()) return `missing: apt-get install ${packages.join(" ")}`;
  console.log(`installing ${packages.join(" ")}`);
  const failure = install(packages);
  if (failure !== undefined) return failure;
  const still = missingOf(requirements).map(requirement => requirement.program);
  return still.length === 0 ? undefined : `still missing after the installation: ${still.join(", ")}`;
}

function missingOf(requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter(requirement => !isInstalled(requirement.program));
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some(folder => folder !== "" && isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && isInstalled("apt-get");
}

function install(packages: readonly string[]): string | undefined {
  const commands = [
    ["update", "-q"],
    ["install", "-qy", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", ...packages],
  ];
  for (const argv of commands) {
    const result = spawnSync("apt-get", argv, {
      encoding: "utf8",
      timeout: APT_DEADLINE,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (result.status === 0) continue;
    const lastLines = `${result.stdout}${result.stderr}`.trim().split("\n").slice(-5).join("\n");
    return `apt-get ${argv[0]} failed (${result.error?.message ?? `exit ${result.status}`}):\n${lastLines}`;
  }
  return undefined;
}
