import type { HostName } from "../../../base/names.ts";
import type { Milliseconds } from "../../../base/units.ts";
import { joiningSeeds } from "../../../cassandra/grow/join-rule.ts";
import type { ObservedRing } from "../../../cassandra/ring/model.ts";
import type { Instance } from "../../../inventory/model.ts";
import type { Probe, Step, StepId } from "../../../plan/model.ts";
import { seedAddresses } from "../../cassandra/ring.ts";
import type { RenderedFile } from "../../model.ts";
import type { Stage } from "../lanes.ts";
import { ownerOf } from "../configure.ts";
import { planInstance, type PlannedInstance } from "../planned-instance.ts";
import type { Planning } from "../request.ts";
import { startStage } from "../start.ts";
import { asAdministrator, instanceStep, stepId } from "../step.ts";
import {
  hasNoted,
  seen,
  stallOf,
  STREAMING_INTERVAL,
  STREAMING_TIMEOUT,
  streamed,
  wholeGate,
  type WholeRing,
} from "./gates.ts";

const FILE_TIMEOUT: Milliseconds = 60_000;

/** A node that joins, with the members of the ring before it. */
export interface Joining {
  instance: Instance;
  ring: ObservedRing;
  /** All that join in this plan: none of them is a seed for another. */
  joining: readonly HostName[];
  /** The members, which are asked what they see. */
  members: readonly PlannedInstance[];
  /** What they must see before: nothing is asked where that is undefined, as of a ring that a node is joining already. */
  before: Omit<WholeRing, "peers"> | undefined;
  /** What all of them, and the new one, must see afterwards. */
  after: Omit<WholeRing, "peers" | "also">;
  /** Files of this first start alone. */
  extraFiles?: (planned: PlannedInstance) => readonly RenderedFile[];
}

/** The new node as it is described for its first start: it asks members for the ring, never itself. */
export function joiningNode(
  planning: Planning,
  { instance, ring, joining, extraFiles }: Joining,
): PlannedInstance {
  const { seeds } = instance.settings;
  const named = Array.isArray(seeds) ? seeds.map(String) : undefined;
  const asked = joiningSeeds(ring, seedAddresses(planning, named), joining);
  const planned = planInstance(planning, { ...instance, settings: { ...instance.settings, seeds: asked } });
  const files = [...planned.rendered.files, ...(extraFiles?.(planned) ?? [])];
  return { ...planned, rendered: { ...planned.rendered, files } };
}

/**
 * The steps of one node that joins: its files, the gate of the ring before it, its start, the wait until it has streamed its ranges
 * and answers, the gate of the ring with it, and its usual files again.
 */
export function joinStage(planning: Planning, words: Joining): Stage {
  const { members, before, after, instance } = words;
  const planned = joiningNode(planning, words);
  const stage = startStage(planning, planned, []);
  const ready = stepId("ready", planned);
  const gate = before === undefined ? [] : [gateBefore(planning, planned, { peers: members, ...before })];
  const needed = gate.map(step => step.id);
  const steps = stage.steps.map(step => {
    if (step.id === ready) return joinGate(planning, planned, step);
    if (!stage.first.includes(step.id)) return step;
    return {
      ...step,
      title: `start ${instance.name}, which joins the ring`,
      needs: [...step.needs, ...needed],
    };
  });
  const whole = wholeGate(planning, planned, {
    id: stepId("ring after", planned),
    title: `${seen([...members, planned])} see ${planned.host.name} in the whole ring`,
    needs: [ready],
    ring: { peers: [...members, planned], ...after, also: peer => hasNoted(peer, planned.host.address) },
  });
  const again = usualFiles(planning.render(instance), planned, whole.id);
  return {
    steps: [...gate, ...steps, whole, ...again],
    first: needed.length === 0 ? stage.first : needed,
    last: [whole.id, ...again.map(step => step.id)],
  };
}

/** Before a node that runs already, as after an interruption, the ring is not asked: the node itself is on its way in. */
function gateBefore(planning: Planning, planned: PlannedInstance, ring: WholeRing): Step {
  return wholeGate(planning, planned, {
    id: stepId("ring before", planned),
    title: `${seen(ring.peers)} see the whole ring up before ${planned.host.name} joins`,
    done: runs(planned),
    ring,
  });
}

function runs(planned: PlannedInstance): Probe {
  return asAdministrator(planned, { kind: "unit", unit: planned.unit, state: "running" });
}

/** The gate of a start, with the time that streams take, and with what they have done as its evidence. */
function joinGate(planning: Planning, planned: PlannedInstance, ready: Step): Step {
  const { action } = ready;
  if (action.kind !== "wait") return ready;
  return {
    ...ready,
    title: `wait until ${planned.host.name} has joined and answers`,
    action: {
      ...action,
      interval: STREAMING_INTERVAL,
      probe: streamed(planned, action.probe, "Bootstrap"),
      stall: stallOf(planned, joinHint(planned)),
    },
    timeout: planning.timeout ?? STREAMING_TIMEOUT,
  };
}

function joinHint({ host, instance }: PlannedInstance): string {
  return `smc logs ${instance.service} ${host.name}  says why; nodetool bootstrap resume  on it goes on with what it has, then smc resume; or smc stop ${instance.service} ${host.name}, and move its data away`;
}

/** What was written for the first start alone gives way to the files of every later one. */
function usualFiles(usual: PlannedInstance, joined: PlannedInstance, whole: StepId): Step[] {
  return joined.rendered.files.flatMap(({ path, content }): Step[] => {
    const file = usual.rendered.files.find(one => one.path === path);
    if (file === undefined) return [withoutFile(usual, path, whole)];
    const owner = ownerOf(usual);
    if (JSON.stringify(file.content) === JSON.stringify(content)) return [];
    return [
      instanceStep(usual, {
        id: `write again ${usual.instance.name}:${path}`,
        title: `write ${path} on ${usual.host.name} for later starts`,
        kind: "configure cassandra",
        action: asAdministrator(usual, {
          kind: "put",
          path,
          content: file.content,
          mode: file.mode,
          ...(owner === undefined ? {} : { owner }),
        }),
        needs: [whole],
        timeout: FILE_TIMEOUT,
      }),
    ];
  });
}

function withoutFile(planned: PlannedInstance, path: string, whole: StepId): Step {
  return instanceStep(planned, {
    id: `remove ${planned.instance.name}:${path}`,
    title: `remove ${path} on ${planned.host.name}: it was for the first start`,
    kind: "configure cassandra",
    action: asAdministrator(planned, { kind: "run", argv: ["rm", "-f", "--", path] }),
    done: asAdministrator(planned, { kind: "command", argv: ["test", "!", "-e", path] }),
    needs: [whole],
    timeout: FILE_TIMEOUT,
  });
}
