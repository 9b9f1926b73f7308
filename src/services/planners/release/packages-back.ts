import type { Probe, Step, StepId } from "../../../plan/model.ts";
import { hasWayBack } from "../../release/packages/change-scripts.ts";
import { usesNothingReplaced } from "../../release/packages/uses-script.ts";
import { inStartOrder } from "../order.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { readyGate } from "../ready.ts";
import type { Planning } from "../request.ts";
import { restartStep } from "../restart.ts";
import { ringGate } from "../ring.ts";
import { asAdministrator, stepId } from "../step.ts";
import { trafficSteps } from "../traffic.ts";
import { backStep, idleStep, installTimeout, type HostPackages } from "./packages-step.ts";
import { endsOf, secondTime, surely } from "./steps.ts";

/** What a way back makes good. */
interface BackWords {
  /** One that goes back itself has no further way back. */
  direction: "forward" | "back";
  /** Nodes of a ring that go with this batch. */
  nodes: readonly PlannedInstance[];
  /** All that may fail once the first thing of the batch was done. */
  risky: readonly StepId[];
  /** Of these, what comes after all packages of the batch, and the gate, went well: before that no node was restarted, and none is. */
  restarting: readonly StepId[];
}

/**
 * What makes a host what it was, when one of the `risky` steps failed: the packages that were kept, what then uses a file that was
 * replaced restarted again, and what answers put back, also where packages cannot go back or do not. First whatever apt is still at,
 * such as one that a lost connection left to itself, is waited for to its end.
 */
export function rescueHost(planning: Planning, of: HostPackages, words: BackWords): Step[] {
  const { host, running } = of;
  const idle: Step = {
    ...idleStep(planning, host, { id: `idle packages of ${host.name}`, kind: "packages", needs: [] }),
    timeout: installTimeout(planning),
  };
  const traffic = running.map(planned => ({ planned, ...trafficSteps(planning, planned, [idle.id]) }));
  const out = traffic.flatMap(steps => steps.out);
  const goesBack = words.direction === "forward" && hasWayBack(of.changes);
  const back = goesBack ? [backStep(planning, of, { needs: [idle.id], after: endsOf(out) })] : [];
  const needs = [idle, ...back].map(({ id }) => id);
  const restarts: Step[] = [];
  const ready: Step[] = [];
  for (const planned of inStartOrder(running).flatMap(({ instances }) => instances)) {
    const after = ready.length === 0 ? endsOf(out) : ready.slice(-1).map(({ id }) => id);
    const restart = {
      ...surely(restartStep(planning, planned, needs)),
      after,
      done: needless(planned, goesBack),
    };
    restarts.push(restart);
    ready.push({ ...readyGate(planning, planned, []), after: [restart.id] });
  }
  const putBack = traffic.flatMap(each => each.back([stepId("ready", each.planned)]));
  const rings = ringGates(planning, of, { nodes: words.nodes, needs: ready.map(({ id }) => id) });
  const steps = [idle, ...out, ...back, ...restarts, ...ready, ...putBack, ...rings];
  const late = new Set(secondTime([...restarts, ...rings]).map(({ id }) => id));
  return secondTime(steps).map(step => ({
    ...step,
    rescues: late.has(step.id) ? words.restarting : words.risky,
  }));
}

/** Where nothing came back, only what does not run is started again: what is half new might keep the others from coming up. */
function needless(planned: PlannedInstance, goesBack: boolean): Probe {
  const { unit } = planned;
  const probe: Probe = goesBack
    ? { kind: "command", argv: usesNothingReplaced(unit.name, { ifStopped: false }) }
    : { kind: "unit", unit, state: "running" };
  return asAdministrator(planned, probe);
}

/** A wave has one gate, which bears the name of its first node; here each host has its own. */
function ringGates(
  planning: Planning,
  { host }: HostPackages,
  { nodes, needs }: { nodes: readonly PlannedInstance[]; needs: readonly StepId[] },
): Step[] {
  const own = nodes.filter(node => node.host.name === host.name);
  return ringGate(planning, own, { moment: "after", needs }).map(gate => ({
    ...gate,
    id: `ring of ${host.name}`,
  }));
}
