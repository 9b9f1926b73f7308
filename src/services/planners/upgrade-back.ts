import type { Step } from "../../plan/model.ts";
import { readyGate } from "./ready.ts";
import type { Planning } from "./request.ts";
import { gate } from "./snapshot.ts";
import { asAdministrator, stepId } from "./step.ts";
import {
  awaySteps,
  idsOf,
  inHand,
  keptOf,
  putBackStep,
  readyWith,
  snapshotSteps,
  startStep,
  usualStep,
  type NodeSteps,
  type NodeWords,
} from "./upgrade-steps.ts";

/** A node's snapshot and stop, its older self put back, and its start. One that is not up has the snapshot of before its way there. */
export function goBackSteps(planning: Planning, words: NodeWords): NodeSteps {
  const { node, from, to, stage, down } = words;
  const there = seeKept(words);
  const taken = down.has(node.host.name) ? [] : snapshotSteps(planning, { ...words, needs: [there.id] });
  const snapshot = [there, ...taken];
  const away = awaySteps(planning, words, idsOf(snapshot));
  const back = putBackStep(planning, { ...words, from: to, to: from }, idsOf(away.slice(-1)));
  const start = startStep(planning, node, {
    id: stepId("start", node),
    title: `start ${node.instance.name} with ${to.text} again`,
    needs: [back.id],
  });
  const ready = readyWith(to, readyGate(planning, node, [start.id]), node);
  const usual = usualStep(planning, words, [ready.id]);
  const disruptive = [...snapshot, ...away].map(step => ({ ...step, stage }));
  const steps = [...disruptive, back, start, ready, usual].map(step => inHand(node, step));
  return { steps, first: idsOf(disruptive), ready: ready.id };
}

/** Without what it was, a node that stopped could not come back as that. */
function seeKept({ node, from, to, needs }: NodeWords): Step {
  const { folder } = keptOf({ node, from: to, to: from });
  return gate(node, {
    id: stepId("see kept", node),
    title: `see what ${node.instance.name} was with ${to.text} in ${folder}`,
    probe: asAdministrator(node, { kind: "command", argv: ["test", "-d", folder], steady: true }),
    needs,
  });
}
