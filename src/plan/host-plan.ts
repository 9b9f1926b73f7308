import type { HostTarget } from "../base/host-target.ts";
import type { DeploymentName } from "../base/names.ts";
import { checkPlan } from "./check.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Action, Plan, Probe, Step } from "./model.ts";
import { runAs } from "./run-as.ts";

/** Steps that may be under way on one host. */
const STEPS_PER_HOST = 4;

/** What a plan for hosts as a whole, and not for instances of services, is made with. Time and targets come in here. */
export interface HostPlanRequest {
  /** The words of the command line, kept in the plan. */
  command: readonly string[];
  deployment: DeploymentName;
  targets: readonly HostTarget[];
  /** Hosts that are worked on at once. */
  parallel: number;
  /** Who may administer the hosts; absent: whoever logs in. */
  administrator: string | undefined;
  now: Date;
}

/** What a builder says of a step of a host; the rest has the usual value. */
export type HostStepWords = Pick<Step, "id" | "title" | "kind" | "host" | "action" | "timeout"> &
  Partial<Step>;

/** Completes a step of a host. */
export function hostStep(words: HostStepWords): Step {
  return { needs: [], after: [], ...words };
}

/**
 * Completes a plan for hosts. `reliesOn` is what it was made from, kept as a hash. A plan that could not be carried out is a
 * bug, told here.
 */
export function assembleHostPlan(
  request: HostPlanRequest,
  words: Pick<Plan, "steps" | "onFailure" | "shared"> & { reliesOn: unknown },
): Plan {
  const plan: Plan = {
    version: 1,
    command: request.command,
    deployment: request.deployment,
    createdAt: request.now.toISOString(),
    hosts: Object.fromEntries(request.targets.map(target => [target.name, target])),
    limits: { total: request.parallel * STEPS_PER_HOST, perHost: STEPS_PER_HOST, turns: {} },
    onFailure: words.onFailure,
    relies: { inventory: fingerprint(words.reliesOn), instances: {} },
    ...(words.shared === undefined ? {} : { shared: words.shared }),
    steps: words.steps,
  };
  const problems = checkPlan(plan);
  if (problems.length > 0) throw new Error(`smc made an impossible plan: ${problems.join("; ")}`);
  return plan;
}

/** Adds the account that administers the hosts to an action or a probe. */
export function administered<Work extends Action | Probe>(request: HostPlanRequest, work: Work): Work {
  return runAs(request.administrator, work);
}
