import type { Milliseconds } from "../../base/units.ts";
import type { Change, ContentGate, ContentPlan, Evidence } from "../../cassandra/contents/change.ts";
import { loginOf, ownLogins, type LoginSettings } from "../../cassandra/logins.ts";
import type { Action, Plan, Probe, Step } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { planInstance, type PlannedInstance } from "./planned-instance.ts";
import { GATE_INTERVAL } from "./ready.ts";
import type { PlanRequest } from "./request.ts";
import { endpointOf } from "./ring-endpoint.ts";
import { instanceStep } from "./step.ts";

/** Who logs in does so at once, and whom nobody needs any more is gone within moments of a restart. */
const LOGIN_TIMEOUT: Milliseconds = 30_000;
/** A statement that reads all logins of a large ring at ALL, with its retries. */
const CHANGE_TIMEOUT: Milliseconds = 120_000;

/** What a plan for the contents of a ring needs beside the request, whose instances are the nodes of the ring. */
export interface ContentWork {
  /** The node that everything is done on. */
  node: PlannedInstance;
  logins: LoginSettings;
  content: ContentPlan;
}

/**
 * Plans changes of what a ring holds: one after the other, on one node, the first failure halts. At the end everything is
 * asked once more, so that success is what the ring says of itself.
 */
export function planContents(request: PlanRequest, work: ContentWork): Plan {
  const steps: Step[] = [];
  for (const [index, part] of work.content.parts.entries()) {
    const previous = steps.at(-1);
    steps.push(partStep(request, work, { part, index, needs: previous === undefined ? [] : [previous.id] }));
  }
  const last = steps.at(-1);
  if (last !== undefined) steps.push(checkStep(request, work, last.id));
  const instances = request.instances.map(instance => planInstance(request, instance));
  return assemblePlan(request, { instances, steps, onFailure: "halt" });
}

function partStep(
  request: PlanRequest,
  work: ContentWork,
  { part, index, needs }: { part: Change | ContentGate; index: number; needs: readonly string[] },
): Step {
  const words = { id: `${index + 1} ${part.title}`, title: part.title, kind: "contents", needs };
  if (part.kind === "change") {
    return instanceStep(work.node, {
      ...words,
      action: changeAction(work, part),
      done: evidenceProbe(work, part.done),
      timeout: request.timeout ?? CHANGE_TIMEOUT,
    });
  }
  return instanceStep(work.node, {
    ...words,
    action: { kind: "wait", probe: gateProbe(request, work, part), interval: GATE_INTERVAL },
    timeout: request.timeout ?? (part.kind === "ring" ? CHANGE_TIMEOUT : LOGIN_TIMEOUT),
  });
}

function checkStep(request: PlanRequest, work: ContentWork, last: string): Step {
  const lasting = work.content.parts.filter(part => part.kind === "change" && part.passing !== true);
  const probes = lasting.flatMap(part => (part.kind === "change" ? [evidenceProbe(work, part.done)] : []));
  return instanceStep(work.node, {
    id: "see that all of it is so",
    title: "see that all of it is so",
    kind: "contents",
    action: { kind: "wait", probe: { kind: "all", probes }, interval: GATE_INTERVAL },
    needs: [last],
    timeout: request.timeout ?? CHANGE_TIMEOUT,
  });
}

function changeAction({ node, logins }: ContentWork, change: Change): Action {
  const endpoint = endpointOf(node);
  return {
    kind: "cql",
    endpoint: change.asOwnSuperuser ? { ...endpoint, logins: ownLogins(logins) } : endpoint,
    statements: change.statements,
    consistency: change.consistency,
  };
}

function evidenceProbe({ node }: ContentWork, done: Evidence): Probe {
  if ("login" in done) return loginProbe(node, done.login);
  return {
    kind: "cql",
    endpoint: endpointOf(node),
    query: done.query,
    consistency: "quorum",
    rows: done.rows,
  };
}

function gateProbe(request: PlanRequest, { node }: ContentWork, gate: ContentGate): Probe {
  switch (gate.kind) {
    case "ring":
      return ringProbeOf(node);
    case "login":
      return loginProbe(node, gate.user);
    case "nobody":
      return nobodyProbe(request, gate.user);
  }
}

/** A login is its own answer: any row will do. */
function loginProbe(node: PlannedInstance, user: string): Probe {
  const endpoint = { ...endpointOf(node), logins: [loginOf(user)] };
  return { kind: "cql", endpoint, query: "SELECT key FROM system.local", consistency: "one" };
}

/** Each node knows its own clients alone. */
function nobodyProbe(request: PlanRequest, user: string): Probe {
  const asked = request.instances.map(instance => {
    const node = planInstance(request, instance);
    const probe: Probe = {
      kind: "cql",
      endpoint: endpointOf(node),
      query: "SELECT username FROM system_views.clients",
      consistency: "one",
      rows: `^(?!.*"username":${JSON.stringify(user)})`,
    };
    return { host: node.host.name, probe };
  });
  return { kind: "everywhere", asked };
}

function ringProbeOf({ rendered, instance }: PlannedInstance): Probe {
  if (rendered.ring === undefined) throw new Error(`${instance.name} is no node of a ring`);
  return rendered.ring;
}
