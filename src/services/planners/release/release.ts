import type { Milliseconds } from "../../../base/units.ts";
import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { ArtefactRef, Plan, Step, StepId } from "../../../plan/model.ts";
import type { PlaceChange } from "../../release/decide.ts";
import type { Place } from "../../release/places.ts";
import { wholeScript } from "../../release/scripts.ts";
import { assemblePlan } from "../assemble.ts";
import { besideStep } from "../install.ts";
import { withOthers } from "../others.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { GATE_INTERVAL } from "../ready.ts";
import { beginPlanning, type Planning, type PlanRequest } from "../request.ts";
import { asAdministrator, instanceStep } from "../step.ts";
import { noteStep, rescuePlace, switchPlace } from "./place.ts";
import { smokeStep } from "./smoke-step.ts";

/** What goes where, in which order. */
export interface ReleaseWords {
  /** Places to be changed together, batch after batch. */
  batches: readonly (readonly PlaceChange[])[];
  /** The archive of each service that is brought; empty for a way back, whose versions lie on the hosts. */
  artefacts: ReadonlyMap<string, ArtefactRef>;
  /** Asked after each batch; a no takes the batch back. */
  smoke: readonly SmokeTest[];
  /** When all batches are through, all tests are asked of all instances, also of those that nothing was changed of. */
  wholeRound: boolean;
}

/** A large tree on a slow disk is read within this. */
const WHOLE_TIMEOUT: Milliseconds = 15 * 60_000;

/**
 * Plans `smc release`: every place gets the version beside what it runs, and has it whole, before any changes; then batch by batch the
 * instances are restarted with it one after the other, seen well, and the smoke tests asked. A batch in which anything fails goes back as
 * a whole, and no further one begins.
 */
export function planRelease(request: PlanRequest, words: ReleaseWords): Plan {
  const planning = beginPlanning(request);
  const changes = words.batches.flat();
  const brought = changes.flatMap(change => bringSteps(change, words.artefacts));
  const steps: Step[] = [...brought];
  let before = brought.filter(({ action }) => action.kind === "wait").map(({ id }) => id);
  for (const [index, batch] of words.batches.entries()) {
    const stage = batchSteps(planning, batch, { number: index + 1, before, smoke: words.smoke });
    steps.push(...stage.steps);
    before = stage.last;
  }
  // Where nothing is to be changed, what is there is asked all the same.
  if (words.wholeRound || changes.length === 0)
    steps.push(...smokeOf(planning, words.smoke, { asked: request.instances, number: 0, needs: before }));
  const instances =
    changes.length === 0
      ? request.instances.map(planning.render)
      : changes.flatMap(({ place }) => place.instances);
  return assemblePlan(
    { ...planning, keepGoing: false },
    // The others of a batch end what they began, or are put back, when one fails; the next batch needs all of this one.
    { instances: withOthers(planning, instances, steps), steps, onFailure: "continue" },
  );
}

/** The version beside what runs, and that all of it arrived. */
function bringSteps({ place, to }: PlaceChange, artefacts: ReleaseWords["artefacts"]): Step[] {
  const artefact = artefacts.get(place.service);
  if (artefact === undefined) return [];
  const bring = besideStep(withArtefact(place, artefact));
  if (bring === undefined) throw new Error(`${place.id} takes no artefact`);
  const whole = instanceStep(place.lead, {
    id: `whole ${place.id}`,
    title: `see that ${to.version} is whole in ${place.id}`,
    kind: `bring ${place.service}`,
    action: {
      kind: "wait",
      probe: asAdministrator(place.lead, {
        kind: "command",
        argv: wholeScript(place.folder, to.version, to.sha256),
        steady: true,
      }),
      interval: GATE_INTERVAL,
    },
    needs: [bring.id],
    timeout: WHOLE_TIMEOUT,
  });
  return [bring, whole];
}

function withArtefact({ lead, folder }: Place, artefact: ArtefactRef): PlannedInstance {
  return { ...lead, rendered: { ...lead.rendered, software: { kind: "artefact", artefact, folder } } };
}

function batchSteps(
  planning: Planning,
  batch: readonly PlaceChange[],
  words: { number: number; before: readonly StepId[]; smoke: readonly SmokeTest[] },
): { steps: Step[]; last: StepId[] } {
  const stage = batch[0]?.place.id ?? "";
  const members = batch.map(change => switchPlace(planning, change, { stage, needs: words.before }));
  const ends = members.flatMap(({ last }) => last);
  const asked = batch.flatMap(({ place }) => place.instances.map(({ instance }) => instance));
  const tests = smokeOf(planning, words.smoke, { asked, number: words.number, needs: ends });
  const seen = tests.length === 0 ? ends : tests.map(({ id }) => id);
  const risky = [...members.flatMap(({ steps }) => steps), ...tests].map(({ id }) => id);
  const notes = batch.map(change => noteStep(planning, change, seen));
  // From a version to itself there is no way back.
  const rescued = batch.filter(
    ({ direction, from, to }) => direction === "forward" && from.version !== to.version,
  );
  const steps = [
    ...members.flatMap(({ steps }) => steps),
    ...tests,
    ...notes,
    ...rescued.flatMap(change => rescuePlace(planning, change, risky)),
  ];
  return {
    // A batch that was begun is seen well or goes back, whoever interrupts.
    steps: steps.map(step => ({ ...step, inHand: stage })),
    last: notes.map(({ id }) => id),
  };
}

/** The smoke tests after a batch. Those of a service that is released are asked of its instances in `asked`, any other of all that there are. */
function smokeOf(
  planning: Planning,
  tests: readonly SmokeTest[],
  { asked, number, needs }: { asked: readonly Instance[]; number: number; needs: readonly StepId[] },
): Step[] {
  const released = new Set(planning.instances.map(({ service }) => service));
  return tests.flatMap(test => {
    const instances = released.has(test.of) ? asked : planning.deployment.instances;
    const ofTest = instances.filter(({ service }) => service === test.of);
    return ofTest.map(instance => smokeStep(planning, test, { instance, number, needs }));
  });
}
