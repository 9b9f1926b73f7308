import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import { ringIdentity } from "../../cassandra/ring/identity.ts";
import { checkPlan } from "../../plan/check.ts";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { Plan, Step } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { PlanRequest } from "./request.ts";

/** Steps that may be under way on one host: its disk and its init system are shared by all of them. */
const STEPS_PER_HOST = 4;

/** The state, in what a plan relies on, of an instance that nobody looked at. */
export const NOT_ASKED = "not asked";

/** What a verb's planner decided. */
export interface VerbPlan {
  instances: readonly PlannedInstance[];
  /** Hosts of the plan beside those of its instances. */
  others?: readonly HostTarget[];
  steps: readonly Step[];
  onFailure: Plan["onFailure"];
  shared?: Plan["shared"];
}

/** Completes a plan: hosts, limits, and what it relies on. A plan that could not be carried out is a bug, told here. */
export function assemblePlan(request: PlanRequest, verb: VerbPlan): Plan {
  const { deployment } = request;
  const plan: Plan = {
    version: 1,
    command: request.command,
    deployment: deployment.name,
    createdAt: request.now.toISOString(),
    hosts: targets([...(verb.others ?? []), ...verb.instances.map(({ target }) => target)]),
    limits: { total: totalLimit(request), perHost: STEPS_PER_HOST, turns: {} },
    onFailure: request.keepGoing ? "continue" : verb.onFailure,
    relies: {
      ...relies(request.observed, verb.instances),
      ...(request.ring === undefined ? {} : { ring: fingerprint(ringIdentity(request.ring.ring)) }),
    },
    ...(verb.shared === undefined ? {} : { shared: verb.shared }),
    steps: verb.steps,
  };
  const problems = checkPlan(plan);
  if (problems.length > 0) throw new Error(`smc made an impossible plan: ${problems.join("; ")}`);
  return plan;
}

/**
 * What the services file says of these instances, as one hash, and what was seen of them. How long a connection may
 * take is a matter of the command line and not counted.
 */
export function relies(
  observed: PlanRequest["observed"],
  instances: readonly PlannedInstance[],
): Plan["relies"] {
  const said = instances.map(({ instance, target, rendered }) => ({
    instance,
    target: { ...target, connectTimeout: 0 },
    rendered,
  }));
  const seen = instances.map(({ instance }) => [
    instance.name,
    observed.get(instance.name)?.state ?? NOT_ASKED,
  ]);
  return { inventory: fingerprint(said), instances: Object.fromEntries(seen) };
}

function totalLimit(request: PlanRequest): number {
  const limit = request.deployment.ssh.parallel * STEPS_PER_HOST;
  return typeof request.parallel === "number" ? Math.min(limit, request.parallel * STEPS_PER_HOST) : limit;
}

function targets(hosts: readonly HostTarget[]): Record<HostName, HostTarget> {
  return Object.fromEntries(hosts.map(target => [target.name, target]));
}
