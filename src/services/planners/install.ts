import type { Milliseconds } from "../../base/units.ts";
import { quoteForShell, shellWithDaemons } from "../../base/shell.ts";
import type { Step } from "../../plan/model.ts";
import type { Software } from "../model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { asAdministrator, instanceStep } from "./step.ts";

/** Others install too: other steps of the same host, and the host itself at night. */
const APT_OPTIONS = ["--yes", "--no-install-recommends", "--option", "DPkg::Lock::Timeout=300"];

type Packages = Extract<Software, { kind: "packages" }>;

/** Long enough for a package manager on a slow mirror or 100 MB on a slow link; a hang still ends. */
const INSTALL_TIMEOUT: Milliseconds = 15 * 60_000;

/**
 * The steps that put the software of the instances on their hosts, one for each host and piece of software.
 * Packages need a Debian host where smc may become root; on `local` the program must be there already, and a
 * step says so before anything is started.
 */
export function installSteps(instances: readonly PlannedInstance[]): Step[] {
  const steps = new Map<string, Step>();
  for (const planned of instances) {
    const step = installStep(planned);
    if (step !== undefined && !steps.has(step.id)) steps.set(step.id, step);
  }
  return [...steps.values()];
}

/** The step that installs for this instance, if there is one; several instances share it. */
export function installStep(planned: PlannedInstance): Step | undefined {
  const { software } = planned.rendered;
  if (software.kind === "none") return undefined;
  const base = { kind: `install ${planned.description.name}`, timeout: INSTALL_TIMEOUT };
  if (software.kind === "artefact") {
    const { artefact, folder } = software;
    const what = `${artefact.name} ${artefact.version}`;
    return instanceStep(planned, {
      ...base,
      id: `install ${what} in ${planned.host.name}:${folder}`,
      title: `install ${what} on ${planned.host.name}`,
      action: asAdministrator(planned, { kind: "push", artefact, folder }),
    });
  }
  return instanceStep(planned, {
    ...base,
    id: `install ${software.packages.join(" ")} on ${planned.host.name}`,
    title: `install ${software.packages.join(" ")} on ${planned.host.name}`,
    action: asAdministrator(planned, {
      kind: "run",
      argv: packageCommand(planned, software),
      env: { DEBIAN_FRONTEND: "noninteractive" },
    }),
    done: { kind: "command", argv: shellWithDaemons('command -v "$1"', [software.binary]), stdout: "." },
  });
}

/** The step that puts an artefact on the host of this instance beside the version that it runs; none for other software. */
export function besideStep(planned: PlannedInstance): Step | undefined {
  const install = installStep(planned);
  if (install?.action.kind !== "push") return undefined;
  const { artefact } = install.action;
  return {
    ...install,
    id: `${install.id}, beside`,
    title: `put ${artefact.name} ${artefact.version} on ${planned.host.name}, beside what runs`,
    kind: `bring ${planned.description.name}`,
    action: { ...install.action, beside: true },
  };
}

function packageCommand(planned: PlannedInstance, software: Packages): readonly string[] {
  if (planned.target.kind === "ssh") {
    return installWords(software);
  }
  const advice = `${software.binary} is not on this machine: apt-get install ${software.packages.join(" ")}`;
  return ["sh", "-c", `echo "$1" >&2; exit 1`, "sh", advice];
}

/** Debian starts what it installs; a unit that was masked before stays quiet, now and after a reboot. */
function installWords({ packages, ownUnits = [] }: Packages): readonly string[] {
  const install = ["apt-get", "install", ...APT_OPTIONS, ...packages];
  if (ownUnits.length === 0) return install;
  const mask = ["systemctl", "mask", "--quiet", ...ownUnits];
  return ["sh", "-c", `${quoteForShell(mask)} && ${quoteForShell(install)}`];
}
