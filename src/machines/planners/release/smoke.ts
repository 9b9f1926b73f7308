import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { Step, StepId } from "../../../plan/model.ts";
import { smokeStep } from "../../../services/planners/release/smoke-step.ts";
import type { Vm } from "../../vm.ts";
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
  { vms, number, needs }: Omit<Asked, "instances"> & { vms: readonly Vm[] },
): Step[] {
  const hosts = new Set(vms.map(({ name }) => name));
  // Also where all of one is stopped on these VMs: nobody asks it of others in its place.
  const here = new Set(
    planning.instances.filter(({ host }) => hosts.has(host)).map(({ service }) => service),
  );
  const others = tests.filter(({ of }) => !here.has(of));
  return testsBefore(planning, others, { instances: answering(planning), number, needs });
}

/** What was not seen stopped; on VMs that are to change only what was seen to run, as a later batch is to mend the rest. */
function answering({ deployment, vms, observed }: VmPlanning): Instance[] {
  const changing = new Set(vms.map(({ name }) => name));
  return deployment.instances.filter(({ name, host }) => {
    const state = observed.get(name)?.state;
    return changing.has(host) ? state === "running" : state !== "stopped";
  });
}

/** All tests of all instances but those that were seen stopped, as a round of its own. */
export function allTests(
  planning: VmPlanning,
  tests: readonly SmokeTest[],
  needs: readonly StepId[],
): Step[] {
  const instances = planning.deployment.instances.filter(
    ({ name }) => planning.observed.get(name)?.state !== "stopped",
  );
  return testsBefore(planning, tests, { instances, number: 0, needs });
}
