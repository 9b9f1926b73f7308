import { counted } from "../../../base/counted.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { Host } from "../../../inventory/model.ts";
import type { Action, Probe, Step, StepId } from "../../../plan/model.ts";
import { hostStep, type HostStepWords } from "../../../plan/host-plan.ts";
import type { PackageChange } from "../../release/packages/model.ts";
import {
  backScript,
  fetchScript,
  hasWayBack,
  idleScript,
  isBackScript,
  isKeptScript,
  keepScript,
  upgradedScript,
  upgradeScript,
} from "../../release/packages/change-scripts.ts";
import { usesNothingReplaced } from "../../release/packages/uses-script.ts";
import { inStartOrder } from "../order.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { readyGate } from "../ready.ts";
import type { Planning } from "../request.ts";
import { restartStep } from "../restart.ts";
import { ringGate } from "../ring.ts";
import { sendAwaySteps } from "../send-away.ts";
import { asAdministrator, stepId } from "../step.ts";
import { trafficSteps } from "../traffic.ts";
import { endsOf, secondTime, surely } from "./steps.ts";

/** A host whose packages change, and the instances of the deployment that are there. */
export interface HostPackages {
  host: Host;
  changes: readonly PackageChange[];
  instances: readonly PlannedInstance[];
  /** Those that were seen to run. What does not run is left so. */
  running: readonly PlannedInstance[];
  restartAll: boolean;
}

/** The steps of a host on its way to other packages. */
export interface HostSteps {
  steps: readonly Step[];
  /** The steps after which its instances answer. */
  ready: readonly StepId[];
  /** The steps after which they serve. */
  last: readonly StepId[];
}

/** The step that changes the packages of a host. */
export const changeId = (host: Host): StepId => `packages of ${host.name}`;

/** Packages come over the network. */
const FETCH_TIMEOUT: Milliseconds = 30 * 60_000;
/** How long somebody else who changes packages, such as unattended-upgrades, is waited for. */
const IDLE_TIMEOUT: Milliseconds = 10 * 60_000;
const IDLE_INTERVAL: Milliseconds = 2000;
/** Hundreds of packages on a slow disk; dpkg is never cut off before. */
const UPGRADE_TIMEOUT: Milliseconds = 60 * 60_000;
/** Names that a title tells. */
const NAMES_IN_TITLE = 4;

/** The packages beside what runs, and the versions before as far as they can be had: nothing of the host changes. */
export function bringSteps(planning: Planning, { host, changes }: HostPackages): Step[] {
  const idle = idleStep(planning, host, { id: `idle ${host.name}`, kind: "bring packages", needs: [] });
  const fetch = packageStep(planning, host, {
    id: `fetch packages of ${host.name}`,
    title: `bring ${counted(changes.length, "package")} to ${host.name}, beside what is there`,
    kind: "bring packages",
    action: { kind: "run", argv: fetchScript(changes) },
    needs: [idle.id],
    timeout: FETCH_TIMEOUT,
  });
  if (!hasWayBack(changes)) return [idle, fetch];
  const keep = packageStep(planning, host, {
    id: `keep packages of ${host.name}`,
    title: `keep what ${host.name} has of them now`,
    kind: "bring packages",
    action: { kind: "run", argv: keepScript(changes) },
    done: { kind: "command", argv: isKeptScript(changes) },
    // apt has one lock for what it fetches.
    needs: [fetch.id],
    timeout: FETCH_TIMEOUT,
  });
  return [idle, fetch, keep];
}

/** The gate before anything is asked of apt that only one may ask at a time; who else does is told while it waits. */
function idleStep(
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

/** How the packages of a host change. */
interface ChangeWords {
  direction: "forward" | "back";
  stage: string;
  needs: readonly StepId[];
  /** What must hold once the packages are there, before anything is restarted. */
  gates: readonly StepId[];
}

/** Changes the packages of a host while its instances are out of their clients' hands, and restarts those that use what was replaced. */
export function changeHost(
  planning: Planning,
  of: HostPackages,
  { direction, stage, needs, gates }: ChangeWords,
): HostSteps {
  const { host } = of;
  const id = `idle packages of ${host.name}`;
  const idle: Step = { ...idleStep(planning, host, { id, kind: "packages", needs }), stage };
  const work = direction === "back" ? backStep(planning, of) : upgradeStep(planning, of);
  const around = aroundInstances(planning, of, { work, needs: [idle.id], gates });
  return { ...around, steps: [idle, ...around.steps] };
}

function upgradeStep(planning: Planning, { host, changes }: HostPackages): Step {
  return packageStep(planning, host, {
    id: changeId(host),
    title: `install on ${host.name} ${named(changes)}`,
    kind: "packages",
    action: { kind: "run", argv: upgradeScript(changes) },
    done: { kind: "command", argv: upgradedScript(changes) },
    timeout: UPGRADE_TIMEOUT,
  });
}

function backStep(planning: Planning, { host, changes }: HostPackages): Step {
  return packageStep(planning, host, {
    id: changeId(host),
    title: `let ${host.name} have the packages of before`,
    kind: "packages",
    action: { kind: "run", argv: backScript(changes) },
    done: { kind: "command", argv: isBackScript(changes) },
    timeout: UPGRADE_TIMEOUT,
  });
}

/**
 * What makes a host what it was, when one of the `risky` steps failed: the packages that were kept, and what then uses a file that was
 * replaced restarted again. Where there is no way back, and where it fails, what runs and answers is put back all the same.
 */
export function rescueHost(
  planning: Planning,
  of: HostPackages,
  { nodes, risky }: { nodes: readonly PlannedInstance[]; risky: readonly StepId[] },
): Step[] {
  const { host, changes } = of;
  // An apt that lost its connection may be at work yet, and would undo what is put back.
  const id = `idle packages of ${host.name}`;
  const idle = idleStep(planning, host, { id, kind: "packages", needs: [] });
  const back = hasWayBack(changes) ? [{ ...backStep(planning, of), needs: [idle.id] }] : [];
  const work = [idle, ...back];
  const members = of.running.map(planned => putBackSteps(planning, planned, { of, after: endsOf(work) }));
  const own = nodes.filter(node => node.host.name === host.name);
  const ready = of.running.map(planned => stepId("ready", planned));
  const whole = ringGate(planning, own, { moment: "after", needs: ready });
  // A wave has one gate, which bears the name of its first node; here each host has its own.
  const gates = whole.map(gate => ({ ...gate, id: `ring of ${host.name}` }));
  return secondTime([...work, ...members.flat(), ...gates]).map(step => ({ ...step, rescues: risky }));
}

/** Restarts an instance that does not run, or uses what was replaced, and lets its clients in again once it answers. */
function putBackSteps(
  planning: Planning,
  planned: PlannedInstance,
  { of, after }: { of: HostPackages; after: readonly StepId[] },
): Step[] {
  const traffic = trafficSteps(planning, planned, []);
  const [restart, ready] = renewed(planning, planned, { of, needs: endsOf(traffic.out), sends: false });
  if (restart === undefined || ready === undefined) return [];
  return [...traffic.out, { ...restart, after }, ready, ...traffic.back([ready.id])];
}

/**
 * Takes the running instances of a host out, does the work, restarts those that need it, one after the other, once `gates` hold as well, and
 * puts them back.
 */
function aroundInstances(
  planning: Planning,
  of: HostPackages,
  { work, needs, gates }: { work: Step; needs: readonly StepId[]; gates: readonly StepId[] },
): HostSteps {
  const { running } = of;
  const traffic = running.map(planned => trafficSteps(planning, planned, needs));
  const out = traffic.flatMap(steps => steps.out);
  const worked = { ...work, needs: out.length === 0 ? needs : endsOf(out) };
  const steps: Step[] = [...out, worked];
  const ready: StepId[] = [];
  let before: readonly StepId[] = [worked.id, ...gates];
  for (const planned of inStartOrder(running).flatMap(({ instances }) => instances)) {
    const member = renewed(planning, planned, { of, needs: before, sends: true });
    steps.push(...member);
    before = endsOf(member);
    ready.push(...before);
  }
  const back = traffic.flatMap(each => each.back(before));
  return { steps: [...steps, ...back], ready, last: endsOf([...steps, ...back]) };
}

/** Restarts an instance that uses a file that was replaced, and waits until it answers. */
function renewed(
  planning: Planning,
  planned: PlannedInstance,
  { of, needs, sends }: { of: HostPackages; needs: readonly StepId[]; sends: boolean },
): Step[] {
  const needless = (ifStopped: boolean): Pick<Step, "done"> =>
    of.restartAll
      ? {}
      : {
          done: asAdministrator(planned, {
            kind: "command",
            argv: usesNothingReplaced(planned.unit.name, { ifStopped }),
          }),
        };
  // One that is sick already is not asked to send anybody away.
  const sent = sends
    ? sendAwaySteps(planning, planned, needs).map(step => ({ ...step, ...needless(true) }))
    : [];
  const restart = surely(restartStep(planning, planned, sent.length === 0 ? needs : endsOf(sent)));
  const ready = readyGate(planning, planned, [restart.id]);
  return [...sent, { ...restart, ...needless(false) }, ready];
}

type PackageStepWords = Omit<HostStepWords, "host">;

/** A step about the packages of a host, as its administrator. */
function packageStep(planning: Planning, host: Host, words: PackageStepWords): Step {
  return hostStep({
    ...words,
    host: host.name,
    action: asRoot(planning, words.action),
    ...(words.done === undefined ? {} : { done: asRoot(planning, words.done) }),
    // A shorter deadline of the operator is for what may be cut off: dpkg may not.
    timeout: Math.max(planning.timeout ?? words.timeout, words.action.kind === "wait" ? 0 : words.timeout),
  });
}

/** Adds the account that administers hosts to what is run there, also to what a gate asks. */
function asRoot<Work extends Action | Probe>(planning: Planning, work: Work): Work {
  if (planning.deployment.ssh.become !== "sudo") return work;
  return work.kind === "wait" ? { ...work, probe: asRoot(planning, work.probe) } : { ...work, runAs: "root" };
}

function named(changes: readonly PackageChange[]): string {
  const names = changes.map(({ name, to }) => `${name} ${to}`);
  const more = names.length - NAMES_IN_TITLE;
  return more <= 1 ? names.join(", ") : `${names.slice(0, NAMES_IN_TITLE).join(", ")} and ${more} more`;
}
