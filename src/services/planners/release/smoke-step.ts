import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import { smokeProbe } from "../../smoke.ts";
import { instanceContext } from "../planned-instance.ts";
import { GATE_INTERVAL } from "../ready.ts";
import type { Planning } from "../request.ts";
import { instanceStep } from "../step.ts";

/** The gate that asks a smoke test of one instance; `number` is that of the batch. */
export function smokeStep(
  planning: Planning,
  test: SmokeTest,
  { instance, number, needs }: { instance: Instance; number: number; needs: readonly StepId[] },
): Step {
  return instanceStep(planning.render(instance), {
    id: `smoke ${number} ${test.name} ${instance.name}`,
    title: `${test.name}: ask ${instance.name}`,
    kind: "smoke test",
    action: {
      kind: "wait",
      probe: smokeProbe(test, instanceContext(planning, instance)),
      interval: GATE_INTERVAL,
    },
    needs,
    timeout: test.timeout,
  });
}
