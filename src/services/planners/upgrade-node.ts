import { dirname } from "node:path/posix";
import { isMajorStep } from "../../cassandra/upgrade/path.ts";
import { keepScript, keptFolder, putBackScript, type Kept } from "../../cassandra/upgrade/kept.ts";
import { presentScript } from "../../cassandra/snapshots.ts";
import type { CassandraVersion } from "../../cassandra/version.ts";
import type { Probe, Step, StepId } from "../../plan/model.ts";
import { configure, type Configuration } from "./configure.ts";
import { installStep } from "./install.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { readyGate } from "./ready.ts";
import type { Planning } from "./request.ts";
import { ringGate } from "./ring.ts";
import { endpointOf } from "./ring-endpoint.ts";
import { sendAwaySteps } from "./send-away.ts";
import { gate, nodetool, onDisk, SNAPSHOT_TIMEOUT, tablesOf } from "./snapshot.ts";
import { asAdministrator, instanceStep, stepId, type StepWords } from "./step.ts";

/** One node on its way. */
export interface NodeWords {
  /** As it is to be. */
  node: PlannedInstance;
  /** As it is now. */
  old: PlannedInstance;
  from: CassandraVersion;
  to: CassandraVersion;
  stage: string;
  needs: readonly StepId[];
}

/** The steps of one node. */
export interface NodeSteps {
  steps: readonly Step[];
  /** Those that wait until the nodes before it are back. */
  first: readonly StepId[];
  /** The gate that sees it ready. */
  ready: StepId;
}

/** The keyspaces that every node has something of. */
const ALWAYS_THERE = ["system", "system_schema"];

/** A node's snapshot, its stop, the new release and its start; and what puts it back when one of these fails. */
export function switchSteps(planning: Planning, words: NodeWords): NodeSteps {
  const { node, old, stage } = words;
  const { guards, ...configuration } = configurationOf(node, stepId("keep", old));
  const snapshot = snapshotSteps(planning, { ...words, needs: [...words.needs, ...idsOf(guards)] });
  const away = awaySteps(planning, words, idsOf(snapshot));
  const keep = keepStep(words, idsOf(away.slice(-1)));
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

/** A node's snapshot and stop, its older self put back, and its start. */
export function goBackSteps(planning: Planning, words: NodeWords): NodeSteps {
  const { node, from, to, stage } = words;
  const there = seeKept(words);
  const snapshot = [there, ...snapshotSteps(planning, { ...words, needs: [there.id] })];
  const away = awaySteps(planning, words, idsOf(snapshot));
  const back = putBackStep({ ...words, from: to, to: from }, { needs: idsOf(away.slice(-1)) });
  const start = startStep(planning, node, {
    id: stepId("start", node),
    title: `start ${node.instance.name} with ${to.text} again`,
    needs: [back.id],
  });
  const ready = readyWith(to, readyGate(planning, node, [start.id]), node);
  const disruptive = [...snapshot, ...away].map(step => ({ ...step, stage }));
  const steps = [...disruptive, back, start, ready].map(step => inHand(node, step));
  return { steps, first: idsOf(disruptive), ready: ready.id };
}

/** The kinds of steps after which the node serves as before. */
const HARMLESS = ["snapshot", "send away cassandra"];

/** From the first step that takes something from the node on it is in hand: it is not left half way. */
function inHand({ instance }: PlannedInstance, step: Step): Step {
  return HARMLESS.includes(step.kind) ? step : { ...step, inHand: instance.name };
}

/** Without what it was, a node that stopped could not come back as that. */
function seeKept({ node, from, to, needs, ...words }: NodeWords): Step {
  const { folder } = keptOf({ ...words, node, needs, from: to, to: from });
  return gate(node, {
    id: stepId("see kept", node),
    title: `see what ${node.instance.name} was with ${to.text} in ${folder}`,
    probe: asAdministrator(node, { kind: "command", argv: ["test", "-d", folder], steady: true }),
    needs,
  });
}

function snapshotSteps({ now }: Planning, { old, from, to, needs }: NodeWords): Step[] {
  const name = `smc-upgrade-${from.text}-${to.text}-${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
  const there = onDisk(old, presentScript(tablesOf(old), name, ALWAYS_THERE));
  const snapshot = instanceStep(old, {
    id: stepId("snapshot", old),
    title: `take the snapshot ${name} on ${old.host.name}`,
    kind: "snapshot",
    action: nodetool(old, ["snapshot", "-t", name]),
    done: there,
    needs,
    timeout: SNAPSHOT_TIMEOUT,
  });
  const seen = gate(old, {
    id: stepId("see snapshot", old),
    title: `see the files of ${name} on ${old.host.name}`,
    probe: there,
    needs: [snapshot.id],
  });
  return [snapshot, seen];
}

/** Its clients are sent to the others, what it has in memory is written, and it stops. */
function awaySteps(planning: Planning, { old, from }: NodeWords, needs: readonly StepId[]): Step[] {
  const { instance, rendered, unit, timeouts } = old;
  const timeout = planning.timeout ?? timeouts.stop;
  const sent = sendAwaySteps(planning, old, needs);
  const drains = (rendered.beforeStop ?? []).map(({ title, action }, index) =>
    instanceStep(old, {
      id: stepId(`before stop ${index + 1}`, old),
      title,
      kind: "before stop cassandra",
      action,
      done: { kind: "unit", unit, state: "stopped" },
      needs: sent.length === 0 ? needs : idsOf(sent),
      timeout,
    }),
  );
  const stop = instanceStep(old, {
    id: stepId("stop", old),
    title: `stop ${instance.name}, which runs ${from.text}`,
    kind: "stop cassandra",
    action: asAdministrator(old, { kind: "unit", operation: "stop", unit }),
    needs: [...needs, ...idsOf(sent), ...idsOf(drains)],
    timeout,
  });
  return [...sent, ...drains, stop];
}

function keepStep(words: NodeWords, needs: readonly StepId[]): Step {
  const { old, from } = words;
  const kept = keptOf(words);
  return instanceStep(old, {
    id: stepId("keep", old),
    title: `keep what ${old.instance.name} is with ${from.text} in ${kept.folder}`,
    kind: "keep cassandra",
    action: asAdministrator(old, { kind: "run", argv: keepScript(kept) }),
    done: asAdministrator(old, { kind: "command", argv: ["test", "-d", kept.folder] }),
    needs,
    timeout: SNAPSHOT_TIMEOUT,
  });
}

function installSteps(node: PlannedInstance, stopped: StepId): Step[] {
  const install = installStep(node);
  return install === undefined ? [] : [{ ...install, needs: [stopped] }];
}

/** The files of the new release are written when the old one has stopped; what guards them is looked at before anything. */
function configurationOf(node: PlannedInstance, stopped: StepId): Configuration & { guards: Step[] } {
  const guards = (node.rendered.guards ?? []).filter(({ name }) => name !== "release");
  const { steps, ready } = configure({ ...node, rendered: { ...node.rendered, guards } });
  const early = new Set(guards.map(({ name }) => stepId(name, node)));
  const later = steps.filter(({ id }) => !early.has(id));
  return {
    guards: steps.filter(({ id }) => early.has(id)),
    steps: later.map(step => ({ ...step, needs: [...step.needs, stopped] })),
    ready,
  };
}

/** A node that answers says itself which release it is of. */
function readyWith(release: CassandraVersion, ready: Step, node: PlannedInstance): Step {
  if (ready.action.kind !== "wait") return ready;
  const version: Probe = {
    kind: "cql",
    endpoint: endpointOf(node),
    query: "SELECT release_version FROM system.local",
    consistency: "one",
    rows: `"${release.text.replaceAll(".", String.raw`\.`)}"`,
  };
  const probe: Probe = { kind: "all", probes: [ready.action.probe, version] };
  return {
    ...ready,
    title: `wait until ${node.instance.name} answers as ${release.text}`,
    action: { ...ready.action, probe },
  };
}

function startStep(
  planning: Planning,
  planned: PlannedInstance,
  words: Pick<StepWords, "id" | "title" | "needs"> & Partial<StepWords>,
): Step {
  return instanceStep(planned, {
    kind: "start cassandra",
    action: asAdministrator(planned, { kind: "unit", operation: "start", unit: planned.unit }),
    timeout: planning.timeout ?? planned.timeouts.start,
    ...words,
  });
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
  const back = { ...putBackStep(words, { needs: [stop.id] }), ...rescue };
  const start = startStep(planning, node, {
    ...rescue,
    id: stepId("start again", node),
    title: `start ${node.instance.name} with ${from.text} again`,
    needs: [back.id],
  });
  const ready = { ...readyGate(planning, node, [start.id]), ...rescue, id: stepId("ready again", node) };
  const whole = ringGate(planning, [node], { moment: "after", needs: [ready.id] });
  const seen = whole.map(step => ({ ...step, ...rescue, id: stepId("ring again", node) }));
  return [stop, back, start, ready, ...seen];
}

/** `from` is the release that the node goes back to. */
function putBackStep(words: NodeWords, { needs }: { needs: readonly StepId[] }): Step {
  const { node, from } = words;
  const { software } = node.rendered;
  if (software.kind !== "artefact") throw new Error(`${node.instance.name} is no artefact`);
  const argv = putBackScript(keptOf(words), { folder: software.folder, version: from.text });
  return instanceStep(node, {
    id: stepId("put back", node),
    title: `make ${node.instance.name} what it was with ${from.text}`,
    kind: "put back cassandra",
    action: asAdministrator(node, { kind: "run", argv }),
    needs,
    timeout: SNAPSHOT_TIMEOUT,
  });
}

function keptOf({ node, from, to }: NodeWords): Kept {
  const tables = tablesOf(node);
  const [configFolder] = node.rendered.folders;
  if (configFolder === undefined) throw new Error(`${node.instance.name} has no folder of configuration`);
  return {
    folder: keptFolder(dirname(tables), from.text, to.text),
    config: configFolder.path,
    tables,
    ownTables: isMajorStep(from, to),
  };
}

function idsOf(steps: readonly Step[]): readonly StepId[] {
  return steps.map(({ id }) => id);
}
