import { dirname } from "node:path";
import { foldNames } from "../../../base/host-ranges.ts";
import type { HostName } from "../../../base/names.ts";
import type { Milliseconds } from "../../../base/units.ts";
import type { ObservedRing, RingNode } from "../../../cassandra/ring/model.ts";
import type { Plan, Probe, Step, StepId } from "../../../plan/model.ts";
import { nodesOf } from "../../cassandra/ring.ts";
import { assemblePlan } from "../assemble.ts";
import { inLanes, type Stage } from "../lanes.ts";
import type { PlannedInstance } from "../planned-instance.ts";
import { beginPlanning, type PlanRequest } from "../request.ts";
import { accountOf, tablesOf, toolOf } from "../snapshot.ts";
import { asAdministrator, instanceStep, stepId } from "../step.ts";
import {
  hasForgotten,
  seen,
  stallOf,
  STREAMING_INTERVAL,
  STREAMING_TIMEOUT,
  streamed,
  wholeGate,
} from "./gates.ts";

const BEGIN_TIMEOUT: Milliseconds = 180_000;
const BOOT_TIMEOUT: Milliseconds = 60_000;

/** A node that has left notes that in its local system table, in an sstable of its own, as the last thing that it does. */
const HAS_LEFT = `grep -qs DECOMMISSIONED "$1"/system/local-*/*-Data.db`;
/** Arguments: tables, nodetool. */
const LEAVES = `${HAS_LEFT} || "$2" netstats 2>/dev/null | grep -Eq '^Mode: (LEAVING|DECOMMISSIONED)$'`;
/**
 * Arguments: tables, nodetool, a path for notes. A node of 4.1 goes on saying LEAVING when its decommission has failed
 * (StorageService.decommission), and then takes another one.
 */
const LEAVES_STILL = `${HAS_LEFT} || { { [ ! -s "$3.end" ] || [ "$(cat "$3.end")" = 0 ]; } && { ${LEAVES}; }; }`;
/**
 * Arguments: a path for notes, the tables, nodetool. The command runs in a session of its own, so that it outlives the connection
 * and smc; the lock keeps a second one away. Ends when the node leaves or the command has ended. A node that is at it already, whose
 * first nodetool was lost, refuses the second: that is no failure.
 */
const BEGIN = `
note=$1; tables=$2; tool=$3
flock -n "$note.lock" rm -f "$note.end"
run='
note=$1; tool=$2; "$tool" decommission >"$note.out" 2>&1; code=$?
if grep -q "still decommissioning" "$note.out"; then code=0; fi
echo "$code" >"$note.end"'
env -u SMC_COMMAND setsid flock -n "$note.lock" sh -c "$run" sh "$note" "$tool" </dev/null >/dev/null 2>&1 &
leaves() { ${LEAVES}; }
until [ -s "$note.end" ] || leaves "$tables" "$tool"; do sleep 0.5; done
[ ! -s "$note.end" ] || [ "$(cat "$note.end")" = 0 ] || { tail -n 5 "$note.out" >&2; exit 1; }`;
/**
 * Arguments: tables, nodetool, a path for notes. The lock is looked at first: whoever had it has written the end before. A node that
 * was started anew is a usual member again, and nobody tells it to leave any more.
 */
const HAS_NOT_FAILED = `
runs=yes; if flock -n "$3.lock" true; then runs=no; fi
if [ -s "$3.end" ]; then [ "$(cat "$3.end")" = 0 ] || { tail -n 5 "$3.out"; exit 1; }; fi
[ "$runs" = yes ] || ${HAS_LEFT} || ! "$2" netstats 2>/dev/null | grep -q '^Mode: NORMAL$' || {
  echo "the node does not leave any more: it was started anew meanwhile"; exit 1; }`;

/** What `smc shrink` needs to know beside the request, whose instances are those that leave. */
export interface Shrinking {
  ring: ObservedRing;
}

/**
 * Plans `smc shrink`: one node after the other streams what it has to the others, is forgotten by all of them, is stopped, and does
 * not come back at boot. Its data stays on its host. Of a node that is gone already only the program is stopped.
 */
export function planShrink(request: PlanRequest, { ring }: Shrinking): Plan {
  const planning = beginPlanning(request);
  const byHost = new Map(ring.nodes.map(node => [node.host, node]));
  const all = nodesOf(request.deployment)
    .filter(({ host }) => byHost.has(host))
    .map(planning.render);
  // Who leaves already comes first: nobody else can before it has.
  const instances = request.instances
    .map(planning.render)
    .toSorted((a, b) => Number(isLeaving(byHost, b)) - Number(isLeaving(byHost, a)));
  const gone = new Set<HostName>();
  const stages = instances.map(planned => {
    const node = byHost.get(planned.host.name);
    if (node === undefined) return endStage(request, planned, []);
    const members = all.filter(({ host }) => !gone.has(host.name));
    gone.add(planned.host.name);
    return leaveStage(request, planned, { node, members });
  });
  return assemblePlan(request, {
    instances: [...new Set([...instances, ...all])],
    steps: inLanes(stages, 1, "needs"),
    onFailure: "halt",
  });
}

function isLeaving(nodes: ReadonlyMap<HostName, RingNode>, { host }: PlannedInstance): boolean {
  return nodes.get(host.name)?.mode === "leaving";
}

function leaveStage(
  request: PlanRequest,
  planned: PlannedInstance,
  { node, members }: { node: RingNode; members: readonly PlannedInstance[] },
): Stage {
  const { name } = planned.host;
  const others = members.filter(({ host }) => host.name !== name);
  const before = wholeGate(request, planned, {
    id: stepId("ring before", planned),
    title: `${seen(members)} see the whole ring up before ${name} leaves`,
    done: onHost(planned, LEAVES, [tablesOf(planned), toolName(planned)]),
    ring: { peers: members, nodes: members.length },
  });
  const begin = beginStep(request, planned, before.id);
  const left = leftGate(request, planned, begin.id);
  const forgotten = wholeGate(request, planned, {
    id: stepId("forgotten", planned),
    title: `${seen(others)} have forgotten ${name} and see the rest of the ring up`,
    needs: [left.id],
    ring: { peers: others, nodes: others.length, also: peer => hasForgotten(peer, node.id) },
  });
  const end = endStage(request, planned, [forgotten.id]);
  return { steps: [before, begin, left, forgotten, ...end.steps], first: [before.id], last: end.last };
}

function beginStep(request: PlanRequest, planned: PlannedInstance, before: StepId): Step {
  const tables = tablesOf(planned);
  const tool = toolName(planned);
  return instanceStep(planned, {
    id: stepId("decommission", planned),
    title: `let ${planned.host.name} leave the ring`,
    kind: "decommission cassandra",
    action: {
      kind: "run",
      argv: ["sh", "-c", BEGIN, "sh", notesOf(planned), tables, tool],
      ...accountOf(planned),
    },
    done: onHost(planned, LEAVES_STILL, [tables, tool, notesOf(planned)]),
    needs: [before],
    timeout: request.timeout ?? BEGIN_TIMEOUT,
  });
}

/** Until the node says itself that it has left; what it has sent is the evidence. A decommission that failed ends the wait. */
function leftGate(request: PlanRequest, planned: PlannedInstance, begun: StepId): Step {
  const notFailed: Probe = {
    kind: "command",
    argv: ["sh", "-c", HAS_NOT_FAILED, "sh", tablesOf(planned), toolName(planned), notesOf(planned)],
    steady: true,
    ...accountOf(planned),
  };
  const hasLeft = onHost(planned, HAS_LEFT, [tablesOf(planned)]);
  return instanceStep(planned, {
    id: stepId("left", planned),
    title: `wait until ${planned.host.name} has given all of its data to the others`,
    kind: "decommission cassandra",
    action: {
      kind: "wait",
      probe: streamed(planned, { kind: "all", probes: [notFailed, hasLeft] }, "Unbootstrap"),
      interval: STREAMING_INTERVAL,
      stall: stallOf(
        planned,
        `smc logs cassandra ${planned.host.name}  says why; smc resume  lets it leave again where it has failed`,
      ),
    },
    needs: [begun],
    timeout: request.timeout ?? STREAMING_TIMEOUT,
  });
}

/** The end of the program, now and at boot. */
function endStage(request: PlanRequest, planned: PlannedInstance, needs: readonly StepId[]): Stage {
  const { instance, unit, timeouts } = planned;
  const stop = instanceStep(planned, {
    id: stepId("stop", planned),
    title: `stop ${instance.name}`,
    kind: "stop cassandra",
    action: asAdministrator(planned, { kind: "unit", operation: "stop", unit }),
    needs,
    timeout: request.timeout ?? timeouts.stop,
  });
  const steps = [stop, ...notAtBoot(planned, stop.id)];
  return { steps, first: needs.length === 0 ? [stop.id] : [], last: steps.map(step => step.id) };
}

function notAtBoot(planned: PlannedInstance, stop: StepId): Step[] {
  const { unit, instance } = planned;
  if (unit.manager !== "systemd") return [];
  return [
    instanceStep(planned, {
      id: stepId("disable", planned),
      title: `start ${instance.name} no more at boot`,
      kind: "configure cassandra",
      action: asAdministrator(planned, { kind: "run", argv: ["systemctl", "disable", "--quiet", unit.name] }),
      done: { kind: "command", argv: ["sh", "-c", '! systemctl is-enabled --quiet "$1"', "sh", unit.name] },
      needs: [stop],
      timeout: BOOT_TIMEOUT,
    }),
  ];
}

function onHost(planned: PlannedInstance, script: string, words: readonly string[]): Probe {
  return { kind: "command", argv: ["sh", "-c", script, "sh", ...words], ...accountOf(planned) };
}

/** Beside the node's log, in a folder of its own account. */
function notesOf({ rendered }: PlannedInstance): string {
  return `${dirname(rendered.log)}/decommission`;
}

function toolName(planned: PlannedInstance): string {
  const [program = "", ...words] = toolOf(planned);
  if (words.length > 0) throw new Error(`nodetool of ${foldNames([planned.host.name])} is one program`);
  return program;
}
