import { chainSteps, type Chain } from "../../../plan/chain.ts";
import type { Plan, Step, StepId } from "../../../plan/model.ts";
import type { Part } from "../../../plan/sequence.ts";
import { assemblePlan } from "../../../services/planners/assemble.ts";
import { withOthers } from "../../../services/planners/others.ts";
import { targetOf } from "../../../services/planners/planned-instance.ts";
import { beginPlanning } from "../../../services/planners/request.ts";
import { discardKept } from "../keep.ts";
import type { VmPlanning, VmRequest } from "../request.ts";
import { goBack, makeAnew } from "./batch.ts";
import { verifySteps } from "./look.ts";
import type { ImageBatch, ImageReleaseWords } from "./model.ts";
import { allTests } from "./smoke.ts";

/**
 * Plans `smc release image`: the images come to all machines and are seen whole there, before any VM changes; then batch by batch the VMs
 * are made anew, what they were kept aside. A batch in which anything fails goes back as a whole, and no further one begins.
 */
export function planImageRelease(request: VmRequest, words: ImageReleaseWords): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const brought = chainSteps(linksOf(words.bring), []);
  const whole = verifySteps(planning, words.images, brought.last);
  const verified = whole.map(({ id }) => id);
  const batches = inTurn(words.batches, verified, (batch, place) =>
    makeAnew(planning, batch, { ...words, ...place }),
  );
  const round = words.wholeRound ? allTests(planning, words.smoke, batches.last) : [];
  const steps = [...brought.steps, ...whole, ...batches.steps, ...round];
  return assembleRelease(planning, { parts: partsOf(words), steps });
}

/** Plans `smc release image --rollback`: batch by batch the VMs are what they were before again. */
export function planImageRollback(
  request: VmRequest,
  { batches, force }: { batches: readonly ImageBatch[]; force: boolean },
): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const { steps } = inTurn(batches, [], (batch, place) => goBack(planning, batch, { ...place, force }));
  return assembleRelease(planning, { parts: batches.flatMap(({ resettle }) => resettle), steps });
}

/** Plans `smc release image --discard-old`: what VMs were before is removed. */
export function planImageDiscard(request: VmRequest): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const steps = request.vms.map(vm => discardKept(planning, vm));
  return assembleRelease(planning, { parts: [], steps });
}

function inTurn(
  batches: readonly ImageBatch[],
  first: readonly StepId[],
  plan: (batch: ImageBatch, place: { number: number; needs: readonly StepId[] }) => Chain,
): Chain {
  let last = first;
  const steps = batches.flatMap((batch, index) => {
    const chain = plan(batch, { number: index + 1, needs: last });
    ({ last } = chain);
    return chain.steps;
  });
  return { steps, last };
}

function partsOf({ bring, batches }: ImageReleaseWords): readonly Part[] {
  return [...bring, ...batches.flatMap(({ settle, resettle }) => [...settle, ...resettle])];
}

function linksOf(parts: readonly Part[]) {
  return parts.map(({ name, plan }) => ({ name, steps: plan.steps }));
}

function assembleRelease(
  planning: VmPlanning,
  { parts, steps }: { parts: readonly Part[]; steps: readonly Step[] },
): Plan {
  const hosts = planning.vms.flatMap(({ machine, host }) => [machine, host]);
  const instances = planning.instances.map(planning.render);
  return assemblePlan(
    { ...planning, keepGoing: false },
    {
      instances: withOthers(planning, instances, steps),
      others: [
        ...parts.flatMap(({ plan }) => Object.values(plan.hosts)),
        ...hosts.map(host => targetOf(planning, host)),
      ],
      steps,
      // The others of a batch end what they began, or are put back, when one fails; the next batch needs all of this one.
      onFailure: "continue",
      shared: true,
    },
  );
}
