import { endsFirst } from "../plan/dependencies.ts";
import type { HostName } from "../base/names.ts";
import type { Plan, Probe, Step, StepId } from "../plan/model.ts";
import type { EarlierAttempts } from "./recall.ts";

/**
 * The gates of a resumed run that are to be asked in another way than they were planned. Behind a gate an earlier attempt may have
 * begun to take hosts away and died or failed, and it is for this one to bring them back: asked as it was planned, the gate would
 * wait for them for ever. So hosts with a step of a stage that was begun behind a gate are not asked there, and those that are
 * may find them in any state. All others are asked for as before: nothing goes on while one of them is away.
 */
export function gatesOfResume(plan: Plan, earlier: EarlierAttempts | undefined): ReadonlyMap<StepId, Step> {
  if (earlier === undefined) return new Map();
  const steps = new Map(plan.steps.map(step => [step.id, step]));
  const excused = new Map<StepId, Set<HostName>>();
  for (const step of plan.steps) {
    if (!earlier.taken.has(step.id)) continue;
    for (const id of allBefore(step, steps)) excused.set(id, (excused.get(id) ?? new Set()).add(step.host));
  }
  const nodes = addressesOfNodes(plan);
  return new Map(
    [...excused].flatMap(([id, hosts]): [StepId, Step][] => {
      const step = steps.get(id);
      if (step?.action.kind !== "wait") return [];
      const probe = without(step.action.probe, { hosts, nodes });
      return [[id, { ...step, action: { ...step.action, probe } }]];
    }),
  );
}

/** Where the nodes are that any gate of the plan asks: the gate before a node goes does not ask that node itself. */
function addressesOfNodes({ steps }: Plan): ReadonlyMap<HostName, string> {
  return new Map(
    steps.flatMap(({ action }) => {
      if (action.kind !== "wait" || action.probe.kind !== "everywhere") return [];
      return action.probe.asked.flatMap(({ host, probe }): [HostName, string][] =>
        probe.kind === "ring" ? [[host, probe.endpoint.address]] : [],
      );
    }),
  );
}

/** The steps that must have ended before this one, directly or over others. */
function allBefore(step: Step, steps: ReadonlyMap<StepId, Step>): ReadonlySet<StepId> {
  const before = new Set(endsFirst(step));
  for (const id of before) {
    const found = steps.get(id);
    if (found !== undefined) endsFirst(found).forEach(other => before.add(other));
  }
  return before;
}

function without(
  probe: Probe,
  { hosts, nodes }: { hosts: ReadonlySet<HostName>; nodes: ReadonlyMap<HostName, string> },
): Probe {
  if (probe.kind !== "everywhere") return probe;
  const addresses = [...hosts].flatMap(host => nodes.get(host) ?? []);
  return {
    ...probe,
    asked: probe.asked
      .filter(({ host }) => !hosts.has(host))
      .map(({ host, probe: own }) => ({ host, probe: letBeAway(own, addresses) })),
  };
}

function letBeAway(probe: Probe, addresses: readonly string[]): Probe {
  if (probe.kind !== "ring" || addresses.length === 0) return probe;
  return { ...probe, away: [...new Set([...(probe.away ?? []), ...addresses])] };
}
