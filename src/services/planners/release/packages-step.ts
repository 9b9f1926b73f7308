import { runAs } from "../../../plan/run-as.ts";
import { administratorOf } from "../../../inventory/administrator.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { Host } from "../../../inventory/model.ts";
import { hostStep, type HostStepWords } from "../../../plan/host-plan.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import { backScript, idleScript, isBackScript } from "../../release/packages/change-scripts.ts";
import type { PackageChange } from "../../release/packages/model.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import type { Planning } from "../request.ts";

/** A host whose packages change, and the instances of the deployment that are there. */
export interface HostPackages {
  host: Host;
  changes: readonly PackageChange[];
  instances: readonly PlannedInstance[];
  /** Those that were seen to run. What does not run is left so. */
  running: readonly PlannedInstance[];
  restartAll: boolean;
}

type PackageStepWords = Omit<HostStepWords, "host">;

/** How long somebody else who changes packages, such as unattended-upgrades, is waited for. */
const IDLE_TIMEOUT: Milliseconds = 10 * 60_000;
const IDLE_INTERVAL: Milliseconds = 2000;
/** Hundreds of packages on a slow disk. */
const INSTALL_TIMEOUT: Milliseconds = 60 * 60_000;

/** A step about the packages of a host, as its administrator. */
export function packageStep(planning: Planning, host: Host, words: PackageStepWords): Step {
  return hostStep({
    ...words,
    host: host.name,
    action: runAs(administratorOf(planning.deployment), words.action),
    ...(words.done === undefined ? {} : { done: runAs(administratorOf(planning.deployment), words.done) }),
    timeout: planning.timeout ?? words.timeout,
  });
}

/** The deadline of what dpkg does, however short the operator wants deadlines to be: nothing is gained where it is given up in the middle. */
export function installTimeout({ timeout = 0 }: Planning): Milliseconds {
  return Math.max(timeout, INSTALL_TIMEOUT);
}

/** A step in which dpkg works. */
export function installStep(
  planning: Planning,
  host: Host,
  words: Omit<PackageStepWords, "kind" | "timeout">,
): Step {
  const timeout = installTimeout(planning);
  return { ...packageStep(planning, host, { ...words, kind: "packages", timeout }), timeout };
}

/** Lets a host have the packages of before, which were kept there. */
export function backStep(
  planning: Planning,
  { host, changes }: HostPackages,
  words: { needs: readonly StepId[]; after?: readonly StepId[] },
): Step {
  return installStep(planning, host, {
    ...words,
    id: `packages of ${host.name}`,
    title: `let ${host.name} have the packages of before`,
    action: { kind: "run", argv: backScript(changes) },
    done: { kind: "command", argv: isBackScript(changes) },
  });
}

/** The gate before anything is asked of apt that only one may ask at a time; who else does is told while it waits. */
export function idleStep(
  planning: Planning,
  host: Host,
  words: Pick<PackageStepWords, "id" | "kind" | "needs">,
): Step {
  return packageStep(planning, host, {
    ...words,
    title: `wait until nobody else changes packages on ${host.name}`,
    action: {
      kind: "wait",
      probe: { kind: "command", argv: idleScript() },
      interval: IDLE_INTERVAL,
    },
    timeout: IDLE_TIMEOUT,
  });
}
