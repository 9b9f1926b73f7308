import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import { smokeStep } from "../../../services/planners/release/smoke-step.ts";
import type { VmPlanning } from "../request.ts";

interface Asked {
  /** What runs on the VMs that were made anew. */
  instances: readonly Instance[];
  /** Of the batch. */
  number: number;
  needs: readonly StepId[];
}

/** Tests of what runs on the new VMs, asked before a client is sent there. */
export function testsBefore(
  planning: VmPlanning,
  tests: readonly SmokeTest[],
  { instances, number, needs }: Asked,
): Step[] {
  return tests.flatMap(test =>
    instances
      .filter(({ service }) => service === test.of)
      .map(instance => smokeStep(planning, test, { instance, number, needs })),
  );
}

/** Tests of all that runs elsewhere alone, asked when the new VMs serve: what is in front of them shows whether they do. */
export function testsAfter(
  planning: VmPlanning,
  tests: readonly SmokeTest[],
  { instances, number, needs }: Asked,
): Step[] {
  const here = new Set(instances.map(({ service }) => service));
  const others = tests.filter(({ of }) => !here.has(of));
  return testsBefore(planning, others, { instances: planning.deployment.instances, number, needs });
}

/** All tests of all instances, as a round of its own. */
export function allTests(
  planning: VmPlanning,
  tests: readonly SmokeTest[],
  needs: readonly StepId[],
): Step[] {
  return testsBefore(planning, tests, { instances: planning.deployment.instances, number: 0, needs });
}
