import type { HostName } from "../base/names.ts";
import { checkPlan } from "./check.ts";
import { dependentsOf, endsFirst } from "./dependencies.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Plan, Step, StepId } from "./model.ts";

/** A plan that is to be a part of a larger one. */
export interface Part {
  /** Goes before the names of its steps: `firewall`. */
  name: string;
  plan: Plan;
  /** Nothing of it begins unless earlier parts succeeded on these hosts too. */
  also?: readonly HostName[];
}

/**
 * Makes one plan of several, one after the other: a part begins when the part before has ended everywhere, and a host goes on only where
 * everything of it in earlier parts succeeded; the others do. Where two parts reach a host in different ways, the first counts.
 */
export function sequencePlans(parts: readonly [Part, ...Part[]], command: readonly string[]): Plan {
  const [{ plan: first }] = parts;
  const plans = parts.map(({ plan }) => plan);
  const plan: Plan = {
    ...first,
    command,
    hosts: Object.assign({}, ...plans.toReversed().map(({ hosts }) => hosts)),
    limits: {
      total: Math.max(...plans.map(({ limits }) => limits.total)),
      perHost: Math.max(...plans.map(({ limits }) => limits.perHost)),
      turns: Object.assign({}, ...plans.map(({ limits }) => limits.turns)),
    },
    onFailure: "continue",
    relies: {
      inventory: fingerprint(plans.map(({ relies }) => relies.inventory)),
      instances: Object.assign({}, ...plans.map(({ relies }) => relies.instances)),
    },
    ...(plans.some(({ shared }) => shared === true) ? { shared: true } : {}),
    steps: stepsInTurn(parts),
  };
  const problems = checkPlan(plan);
  if (problems.length > 0) throw new Error(`smc made an impossible plan: ${problems.join("; ")}`);
  return plan;
}

function stepsInTurn(parts: readonly Part[]): Step[] {
  const all: Step[] = [];
  /** The steps that end the work of earlier parts on each host. */
  const lastOf = new Map<HostName, readonly StepId[]>();
  let before: readonly StepId[] = [];
  for (const part of parts) {
    const steps = part.plan.steps.map(step => renamed(step, part.name));
    const dependents = dependentsOf({ ...part.plan, steps });
    const last = steps.filter(({ id }) => dependents.get(id)?.length === 0);
    const ended = (host: HostName): readonly StepId[] => lastOf.get(host) ?? [];
    const also = (part.also ?? []).flatMap(ended);
    all.push(...steps.map(step => behind(step, before, [...new Set([...ended(step.host), ...also])])));
    for (const [host, ends] of Map.groupBy(last, ({ host }) => host)) {
      lastOf.set(
        host,
        ends.map(({ id }) => id),
      );
    }
    if (last.length > 0) before = last.map(({ id }) => id);
  }
  return all;
}

/** A step that waits for nothing in its own part waits for the part before, and needs what that did on its host. */
function behind(step: Step, after: readonly StepId[], needs: readonly StepId[]): Step {
  if (endsFirst(step).length > 0) return step;
  return { ...step, needs: [...needs], after: after.filter(id => !needs.includes(id)) };
}

/** A step as a part of another plan: the names of steps in it begin with that of the part. */
export function renamed(step: Step, part: string): Step {
  const name = (id: StepId): StepId => `${part}: ${id}`;
  const { needsSome, whenChanged, rescues, turn } = step;
  return {
    ...step,
    id: name(step.id),
    needs: step.needs.map(name),
    after: step.after.map(name),
    ...(needsSome === undefined
      ? {}
      : { needsSome: needsSome.map(some => ({ ...some, of: some.of.map(name) })) }),
    ...(whenChanged === undefined ? {} : { whenChanged: whenChanged.map(name) }),
    ...(rescues === undefined ? {} : { rescues: rescues.map(name) }),
    ...(turn?.until === undefined ? {} : { turn: { ...turn, until: name(turn.until) } }),
  };
}
