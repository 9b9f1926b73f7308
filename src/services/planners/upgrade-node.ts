import { isKeptScript, keepScript } from "../../cassandra/upgrade/kept.ts";
import { ringLines } from "../../cassandra/upgrade/ring-changes.ts";
import type { Step, StepId } from "../../plan/model.ts";
import { configure, type Configuration } from "./configure.ts";
import { installStep } from "./install.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { readyGate } from "./ready.ts";
import type { Planning } from "./request.ts";
import { ringGate } from "./ring.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";
import {
  awaySteps,
  diskTimeout,
  idsOf,
  inHand,
  keptOf,
  keptSoftware,
  putBackStep,
  readyWith,
  seeRelease,
  snapshotSteps,
  startStep,
  usualStep,
  type NodeSteps,
  type NodeWords,
} from "./upgrade-steps.ts";

/** What an upgrade itself changes or mends: the release that a node runs, and what was being put back of it. */
const OWN_GUARDS = ["release", "whole"];

/** A node's snapshot, its stop, the new release and its start; and what puts it back when one of these fails. */
export function switchSteps(planning: Planning, words: NodeWords): NodeSteps {
  const { node, old, stage } = words;
  const { guards, ...configuration } = configurationOf(node, stepId("keep", old));
  const release = seeRelease({ ...words, needs: [...words.needs, ...idsOf(guards)] });
  const snapshot = [release, ...snapshotSteps(planning, { ...words, needs: [release.id] })];
  // Not the release: a resumed run would ask it of a node that is drained or stopped.
  const away = awaySteps(planning, words, idsOf(snapshot.slice(-1)));
  const keep = keepStep(planning, words, idsOf(away.slice(-1)));
  const install = installSteps(node, keep.id);
  const start = startStep(planning, node, {
    id: stepId("start", node),
    title: `start ${node.instance.name} with ${words.to.text}`,
    needs: [...configuration.ready, ...idsOf(install)],
  });
  const ready = readyWith(words.to, readyGate(planning, node, [start.id]), node);
  const disruptive = [...snapshot, ...away].map(step => ({ ...step, stage }));
  const risky = [keep, ...install, ...configuration.steps, start, ready];
  const main = [...disruptive, ...risky].map(step => inHand(node, step));
  const rescued = idsOf(main.filter(step => step.inHand !== undefined));
  const rescues = rescueSteps(planning, { ...words, node: old }, rescued);
  return {
    steps: [...guards, ...main, ...rescues.map(step => inHand(node, step))],
    first: idsOf(disruptive),
    ready: ready.id,
  };
}

function keepStep(planning: Planning, words: NodeWords, needs: readonly StepId[]): Step {
  const { old, from } = words;
  const kept = keptOf(words);
  const software = keptSoftware(old, from);
  const ring = planning.ring === undefined ? [] : ringLines(planning.ring.ring);
  return instanceStep(old, {
    id: stepId("keep", old),
    title: `keep what ${old.instance.name} is with ${from.text} in ${kept.folder}`,
    kind: "keep cassandra",
    action: asAdministrator(old, { kind: "run", argv: keepScript(kept, software, ring) }),
    done: asAdministrator(old, { kind: "command", argv: isKeptScript(kept, software) }),
    needs,
    timeout: diskTimeout(planning),
  });
}

function installSteps(node: PlannedInstance, stopped: StepId): Step[] {
  const install = installStep(node);
  return install === undefined ? [] : [{ ...install, needs: [stopped] }];
}

/** The files of the new release are written when the old one has stopped; what guards them is looked at before anything. */
function configurationOf(node: PlannedInstance, stopped: StepId): Configuration & { guards: Step[] } {
  const guards = (node.rendered.guards ?? []).filter(({ name }) => !OWN_GUARDS.includes(name));
  const { steps, ready } = configure({ ...node, rendered: { ...node.rendered, guards } });
  const early = new Set(guards.map(({ name }) => stepId(name, node)));
  const later = steps.filter(({ id }) => !early.has(id));
  return {
    guards: steps.filter(({ id }) => early.has(id)),
    steps: later.map(step => ({ ...step, needs: [...step.needs, stopped] })),
    ready,
  };
}

/** What makes the node serve again as it was, when one of `risky` failed. `node` is the node as it was. */
function rescueSteps(planning: Planning, words: NodeWords, risky: readonly StepId[]): Step[] {
  const { node, from, to } = words;
  const rescue = { kind: "roll back cassandra", rescues: risky };
  const stop = instanceStep(node, {
    ...rescue,
    id: stepId("stop again", node),
    title: `stop ${node.instance.name}, which did not come up with ${to.text}`,
    action: asAdministrator(node, { kind: "unit", operation: "stop", unit: node.unit }),
    timeout: planning.timeout ?? node.timeouts.stop,
  });
  const back = { ...putBackStep(planning, words, [stop.id]), ...rescue };
  const start = startStep(planning, node, {
    id: stepId("start again", node),
    title: `start ${node.instance.name} with ${from.text} again`,
    needs: [back.id],
  });
  const ready = { ...readyGate(planning, node, [start.id]), id: stepId("ready again", node) };
  const whole = ringGate(planning, [node], { moment: "after", needs: [ready.id] });
  const seen = whole.map(step => ({ ...step, id: stepId("ring again", node) }));
  const usual = usualStep(planning, words, [ready.id]);
  return [stop, back, ...[start, ready, usual, ...seen].map(step => ({ ...step, ...rescue }))];
}
