import type { Milliseconds } from "../../../base/units.ts";
import type { Probe, Step, StepId } from "../../../plan/model.ts";
import type { PlaceChange } from "../../release/decide.ts";
import type { Place } from "../../release/places.ts";
import {
  noteScript,
  notedScript,
  switchScript,
  switchedScript,
  type ReleaseNote,
} from "../../release/scripts.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { readyGate } from "../ready.ts";
import type { Planning } from "../request.ts";
import { restartStep } from "../restart.ts";
import { asAdministrator, instanceStep } from "../step.ts";
import { trafficSteps } from "../traffic.ts";
import { endsOf, secondTime, surely } from "./steps.ts";

/** Links are moved in a moment; the lock of a push may be held for as long as that takes. */
const SWITCH_TIMEOUT: Milliseconds = 15 * 60_000;

/** The steps of a place on its way to another version. */
export interface PlaceSteps {
  steps: readonly Step[];
  /** Those that take something away: what came before must have gone well. */
  first: StepId;
  /** The steps after which all its instances run the version and serve. */
  last: readonly StepId[];
}

/** Points a place at its new version, and restarts its instances one after the other, each out of its clients' hands meanwhile. */
export function switchPlace(
  planning: Planning,
  change: PlaceChange,
  { stage, needs }: { stage: string; needs: readonly StepId[] },
): PlaceSteps {
  const { place, to, from, direction } = change;
  const switched = switchStep(planning, change, {
    id: `switch ${place.id}`,
    title: `let ${place.id} be ${to.version}`,
    version: to,
    // From one version to itself, no way back is made of it.
    previous: direction === "back" || from.version === to.version ? change.previous : from.version,
    state: direction === "back" ? "back" : "begun",
  });
  const first: Step = { ...switched, needs, stage };
  const steps: Step[] = [first];
  let last: readonly StepId[] = [first.id];
  for (const planned of place.instances) {
    const member = renewed(planning, planned, last);
    steps.push(...member.map(step => (step.kind.startsWith("restart ") ? { ...step, stage } : step)));
    last = endsOf(member);
  }
  return { steps, first: first.id, last };
}

/** Notes that a place has come to its version and was seen well. */
export function noteStep(planning: Planning, { place, to }: PlaceChange, needs: readonly StepId[]): Step {
  return doneStep(planning, place, { id: `note ${place.id}`, version: to.version, needs });
}

function doneStep(
  planning: Planning,
  place: Place,
  { id, version, needs }: { id: StepId; version: string; needs: readonly StepId[] },
): Step {
  const note = noteOf(planning, version, "done");
  return instanceStep(place.lead, {
    id,
    title: `note that ${place.id} is ${version}`,
    kind: "note release",
    action: asAdministrator(place.lead, { kind: "run", argv: noteScript(place.folder, note) }),
    done: asAdministrator(place.lead, { kind: "command", argv: notedScript(place.folder, note) }),
    needs,
    timeout: SWITCH_TIMEOUT,
  });
}

/** What makes a place what it was, when one of the `risky` steps failed; what still runs as it did is not restarted. */
export function rescuePlace(planning: Planning, change: PlaceChange, risky: readonly StepId[]): Step[] {
  const { place, from } = change;
  const back = switchStep(planning, change, {
    id: `switch back ${place.id}`,
    title: `let ${place.id} be ${from.version} again`,
    version: from,
    previous: change.previous,
    state: "back",
  });
  const steps: Step[] = [back];
  let last: readonly StepId[] = [back.id];
  for (const planned of place.instances) {
    const member = again(renewed(planning, planned, last), asItWas(planning, planned, change));
    steps.push(...member);
    last = endsOf(member);
  }
  steps.push(doneStep(planning, place, { id: `note ${place.id} again`, version: from.version, needs: last }));
  return steps.map(step => ({ ...step, rescues: risky }));
}

function switchStep(
  planning: Planning,
  { place }: PlaceChange,
  words: {
    id: StepId;
    title: string;
    version: PlaceChange["to"];
    previous: string | undefined;
    state: ReleaseNote["state"];
  },
): Step {
  const { folder, lead } = place;
  const { version, sha256: archive } = words.version;
  const note = noteOf(planning, version, words.state);
  const script = { folder, version, archive, previous: words.previous, note };
  return instanceStep(lead, {
    id: words.id,
    title: words.title,
    kind: `switch ${place.service}`,
    action: asAdministrator(lead, { kind: "run", argv: switchScript(script) }),
    done: asAdministrator(lead, { kind: "command", argv: switchedScript(script) }),
    timeout: SWITCH_TIMEOUT,
  });
}

function noteOf({ now }: Planning, version: string, state: ReleaseNote["state"]): ReleaseNote {
  return { version, at: now.toISOString(), state };
}

/** Takes an instance out, restarts it, waits for it and puts it back. */
function renewed(planning: Planning, planned: PlannedInstance, needs: readonly StepId[]): Step[] {
  const traffic = trafficSteps(planning, planned, needs);
  const out = traffic.out.map(({ id }) => id);
  const restart = surely(restartStep(planning, planned, out.length === 0 ? needs : out));
  const ready = readyGate(planning, planned, [restart.id]);
  return [...traffic.out, restart, ready, ...traffic.back([ready.id])];
}

/** The steps of an instance for its second time in a plan. One that was not restarted yet runs as it did, and is left alone. */
function again(steps: readonly Step[], runsAsItDid: Probe | undefined): Step[] {
  return secondTime(steps).map(step =>
    step.action.kind === "unit" && runsAsItDid !== undefined ? { ...step, done: runsAsItDid } : step,
  );
}

/** Holds as long as an instance is the process that it was when the plan was made; absent where that may be of another version. */
function asItWas(
  { observed }: Planning,
  planned: PlannedInstance,
  { settled }: PlaceChange,
): Probe | undefined {
  const { unit, instance } = planned;
  const is = observed.get(instance.name)?.identity;
  if (is === undefined || !settled) return undefined;
  return asAdministrator(planned, { kind: "unit", unit, state: "running", is });
}
