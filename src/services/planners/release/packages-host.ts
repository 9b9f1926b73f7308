import { counted } from "../../../base/counted.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import type { PackageChange } from "../../release/packages/model.ts";
import {
  fetchedScript,
  fetchScript,
  hasWayBack,
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
import { sendAwaySteps } from "../send-away.ts";
import { asAdministrator } from "../step.ts";
import { trafficSteps, type TrafficSteps } from "../traffic.ts";
import { backStep, idleStep, installStep, packageStep, type HostPackages } from "./packages-step.ts";
import { endsOf, surely } from "./steps.ts";

/** Packages come over the network. */
const FETCH_TIMEOUT: Milliseconds = 30 * 60_000;
/** Names that a title tells. */
const NAMES_IN_TITLE = 4;

/** The packages beside what runs, and the versions before as far as they can be had: nothing of the host changes. */
export function bringSteps(planning: Planning, { host, changes }: HostPackages): Step[] {
  const idle = idleStep(planning, host, { id: `idle ${host.name}`, kind: "bring packages", needs: [] });
  const keep = packageStep(planning, host, {
    id: `keep packages of ${host.name}`,
    title: `keep what ${host.name} has of them now`,
    kind: "bring packages",
    action: { kind: "run", argv: keepScript(changes) },
    done: { kind: "command", argv: isKeptScript(changes) },
    needs: [idle.id],
    timeout: FETCH_TIMEOUT,
  });
  const kept = hasWayBack(changes) ? [keep] : [];
  const fetch = packageStep(planning, host, {
    id: `fetch packages of ${host.name}`,
    title: `bring ${counted(changes.length, "package")} to ${host.name}, beside what is there`,
    kind: "bring packages",
    action: { kind: "run", argv: fetchScript(changes) },
    done: { kind: "command", argv: fetchedScript(changes) },
    // The files of the release before, which this removes, may be the ones to keep.
    needs: [idle, ...kept].map(({ id }) => id),
    timeout: FETCH_TIMEOUT,
  });
  return [idle, ...kept, fetch];
}

/** Packages of a host installed while its instances are out of their clients' hands, and what is to come of these then. */
export interface Installed {
  of: HostPackages;
  /** What takes instances out, and the installation. */
  steps: readonly Step[];
  work: StepId;
  traffic: readonly TrafficSteps[];
}

/** Takes the running instances of a host out and installs its packages, or those that were kept. */
export function installOn(
  planning: Planning,
  of: HostPackages,
  { direction, needs }: { direction: "forward" | "back"; needs: readonly StepId[] },
): Installed {
  const traffic = of.running.map(planned => trafficSteps(planning, planned, needs));
  const out = traffic.flatMap(steps => steps.out);
  // Beside those that take instances out, so that a resumed run waits for an apt that an earlier attempt left to itself.
  const words = { needs: [...needs, ...endsOf(out)] };
  const work = direction === "back" ? backStep(planning, of, words) : upgradeStep(planning, of, words);
  return { of, steps: [...out, work], work: work.id, traffic };
}

function upgradeStep(
  planning: Planning,
  { host, changes }: HostPackages,
  words: { needs: readonly StepId[] },
): Step {
  return installStep(planning, host, {
    ...words,
    id: `packages of ${host.name}`,
    title: `install on ${host.name} ${named(changes)}`,
    action: { kind: "run", argv: upgradeScript(changes) },
    done: { kind: "command", argv: upgradedScript(changes) },
  });
}

/** The steps after an installation. */
export interface Renewal {
  steps: readonly Step[];
  /** The steps after which the instances answer. */
  ready: readonly StepId[];
  /** The steps after which they serve. */
  last: readonly StepId[];
}

/** Restarts the instances that use what was replaced, one after the other, and puts all back. */
export function renewOn(
  planning: Planning,
  { of, work, traffic }: Installed,
  { needs, stage }: { needs: readonly StepId[]; stage: string },
): Renewal {
  const steps: Step[] = [];
  const ready: StepId[] = [];
  let before: readonly StepId[] = [work, ...needs];
  for (const planned of inStartOrder(of.running).flatMap(({ instances }) => instances)) {
    const member = renewed(planning, planned, { of, needs: before, stage });
    steps.push(...member);
    before = endsOf(member);
    ready.push(...before);
  }
  const back = traffic.flatMap(each => each.back(before));
  const ends = endsOf([...steps, ...back]);
  return { steps: [...steps, ...back], ready, last: ends.length === 0 ? before : ends };
}

/** Restarts an instance that uses a file that was replaced, and waits until it answers. */
function renewed(
  planning: Planning,
  planned: PlannedInstance,
  { of, needs, stage }: { of: HostPackages; needs: readonly StepId[]; stage: string },
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
  // A node that was taken away and is not seen back is what the gates of a resumed run do not wait for.
  const staged = planned.rendered.ring === undefined ? {} : { stage };
  const sent = sendAwaySteps(planning, planned, needs).map(step => ({
    ...step,
    ...needless(true),
    ...staged,
  }));
  const restart = surely(restartStep(planning, planned, sent.length === 0 ? needs : endsOf(sent)));
  const ready = readyGate(planning, planned, [restart.id]);
  return [...sent, { ...restart, ...needless(false), ...staged }, ready];
}

function named(changes: readonly PackageChange[]): string {
  const names = changes.map(({ name, to }) => `${name} ${to}`);
  const more = names.length - NAMES_IN_TITLE;
  return more <= 1 ? names.join(", ") : `${names.slice(0, NAMES_IN_TITLE).join(", ")} and ${more} more`;
}
