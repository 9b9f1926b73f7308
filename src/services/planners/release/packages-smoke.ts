import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import type { ObservedInstance, Planning } from "../request.ts";
import { smokeStep } from "./smoke-step.ts";

/** Instances of a service of other hosts that a test is asked of after a batch: a plan grows with its hosts, and not with their square. */
const MOST_OTHERS = 4;

/** Seen not to run: whoever stopped it knows that. One of which nobody can say is asked. */
export function isDown(state: ObservedInstance["state"] | undefined): boolean {
  return state === "stopped" || state === "failed";
}

interface SmokeWords {
  /** Those of the hosts of the batch. */
  own: readonly Instance[];
  number: number;
  /** `some`: other tests are asked of a few in turn; `others`: of all that they are of; `all`: every test of all. */
  of: "some" | "others" | "all";
  needs: readonly StepId[];
}

/**
 * The smoke tests after a batch, of instances that were not seen stopped. Those of a service that the batch has are asked of its instances
 * there, and of nobody else unless all are meant.
 */
export function smokeAfter(planning: Planning, tests: readonly SmokeTest[], words: SmokeWords): Step[] {
  const { number, needs } = words;
  return tests.flatMap(test =>
    askedOf(planning, test, words).map(instance => smokeStep(planning, test, { instance, number, needs })),
  );
}

function askedOf(
  { observed, deployment }: Planning,
  test: SmokeTest,
  { own, number, of }: SmokeWords,
): readonly Instance[] {
  const runs = ({ service, name }: Instance): boolean =>
    service === test.of && !isDown(observed.get(name)?.state);
  const here = own.filter(runs);
  const there = deployment.instances.filter(runs);
  if (of === "all") return there;
  if (here.length > 0) return here;
  if (of === "others") return there;
  const first = (number * MOST_OTHERS) % there.length;
  return [...there.slice(first), ...there.slice(0, first)].slice(0, MOST_OTHERS);
}
