import type { Keyspace } from "../ring/model.ts";
import { defaultReplicas, loginRung, rungsTo, type Replicas } from "../setup.ts";
import type { Change } from "./change.ts";
import {
  describeDifference,
  describeFactors,
  replicatedExactly,
  sameReplicas,
  type Difference,
} from "./difference.ts";

/** The keyspace of users and their rights. */
export const LOGINS = "system_auth";

/** What the logins get where the services file says nothing of them: as much as in a new ring, or what they have where that is more. */
export function usualLoginReplicas(keyspaces: readonly Keyspace[], nodes: Replicas): Replicas {
  const logins = keyspaces.find(({ name }) => name === LOGINS);
  return highestOf(factorsOf(logins, nodes), defaultReplicas(nodes));
}

/**
 * The changes that bring the logins to their replicas: up one at a time, all of them read from all replicas each time, and only then
 * down where fewer are wanted.
 */
export function loginChanges(difference: Difference, nodes: Replicas): Change[] {
  const { before, after } = difference;
  const described = describeDifference(difference);
  const stages = stagesTo(factorsOf(before, nodes), after);
  return stages.map((replicas, index) => {
    const { title, statements, consistency } = loginRung(replicas);
    const earlier = stages[index - 1];
    return {
      ...described,
      before: earlier === undefined ? described.before : describeFactors(earlier),
      after: describeFactors(replicas),
      title,
      statements,
      consistency,
      done: replicatedExactly(LOGINS, replicas),
      passing: index < stages.length - 1,
    };
  });
}

function stagesTo(now: Replicas, target: Replicas): Replicas[] {
  const raised = rungsTo(highestOf(now, target)).map(rung => highestOf(now, rung));
  const up = raised.filter((stage, index) => !sameReplicas(stage, raised[index - 1] ?? now));
  const last = up.at(-1);
  return last !== undefined && sameReplicas(last, target) ? up : [...up, target];
}

/** SimpleStrategy takes no notice of data centres; in a ring of one it is the same. */
function factorsOf(keyspace: Keyspace | undefined, nodes: Replicas): Replicas {
  const { replication } = keyspace ?? {};
  if (replication?.strategy === "network") return replication.factors;
  const [centre, ...others] = Object.keys(nodes);
  if (replication?.strategy !== "simple" || centre === undefined || others.length > 0) return {};
  return { [centre]: replication.factor };
}

function highestOf(one: Replicas, other: Replicas): Replicas {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(names.map(name => [name, Math.max(one[name] ?? 0, other[name] ?? 0)]));
}
