import * as v from "valibot";
import type { HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { endsFirst, turnGroups } from "./dependencies.ts";
import type { Plan, Probe, Step, StepId } from "./model.ts";
import { planSchema } from "./schema.ts";

/** What is wrong with a plan that its type cannot say, one line a problem; empty for a plan that can be carried out. */
export function checkPlan(plan: Plan): string[] {
  const ids = new Set(plan.steps.map(step => step.id));
  const found = [
    ...repeatedIds(plan),
    ...plan.steps.flatMap(step => checkStep(step, ids)),
    ...plan.steps.flatMap(step => checkHost(step, plan)),
  ];
  return found.length > 0 ? found : findCycle(plan);
}

/**
 * Reads a plan from JSON. Throws an OperatorError with every problem when it is not JSON, is not a plan, or
 * is one that could not be carried out; `source` names the file in the message.
 */
export function parsePlan(json: string, source: string): Plan {
  const parsed = parseJson(json, source);
  if (!isLikePlan(parsed)) throw noPlan(`${source} is no plan of smc`);
  const result = v.safeParse(planSchema, parsed);
  const problems = result.success ? checkPlan(result.output) : result.issues.map(describeIssue);
  if (result.success && problems.length === 0) return result.output;
  throw noPlan(`${source} is not a plan that can be carried out`, { details: problems });
}

/** Of any other JSON it would only confuse to tell what it lacks. */
function isLikePlan(parsed: unknown): boolean {
  return typeof parsed === "object" && parsed !== null && "steps" in parsed;
}

function noPlan(message: string, more: { details?: readonly string[]; cause?: unknown } = {}): OperatorError {
  return new OperatorError(message, {
    code: "PLAN_INVALID",
    hint: "smc plan VERB … -o FILE  writes one",
    ...more,
  });
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw noPlan(`${source} is no plan of smc: it is not JSON`, {
      details: [(cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ")],
      cause,
    });
  }
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}

function repeatedIds(plan: Plan): string[] {
  const seen = new Set<StepId>();
  return plan.steps.flatMap(({ id }) => {
    if (seen.has(id)) return [`two steps are called "${id}"`];
    seen.add(id);
    return [];
  });
}

function checkStep(step: Step, ids: ReadonlySet<StepId>): string[] {
  const named = [...endsFirst(step), ...(step.turn?.until === undefined ? [] : [step.turn.until])];
  const unknown = named
    .filter(id => !ids.has(id))
    .map(id => `"${step.id}" waits for "${id}", which is not in the plan`);
  const tooMany = (step.needsSome ?? [])
    .filter(({ of, atLeast }) => atLeast > of.length)
    .map(({ of, atLeast }) => `"${step.id}" needs ${atLeast} of ${of.length} steps, which cannot be`);
  const timeout = step.timeout > 0 ? [] : [`"${step.id}" has no deadline`];
  return [...unknown, ...tooMany, ...timeout];
}

function checkHost(step: Step, plan: Plan): string[] {
  const asked = [...hostsOf(step.action), ...(step.done === undefined ? [] : hostsAsked(step.done))];
  return [...new Set([step.host, ...asked])]
    .filter(host => !Object.hasOwn(plan.hosts, host))
    .map(host => `"${step.id}" is on ${host}, which is not a host of the plan`);
}

/** The hosts that an action asks beside that of its step. */
function hostsOf(action: Step["action"]): HostName[] {
  if (action.kind === "wait") {
    return [...hostsAsked(action.probe), ...(action.log === undefined ? [] : [action.log.host])];
  }
  if (action.kind === "put") return action.append === undefined ? [] : [action.append.host];
  if (action.kind !== "repair") return [];
  return action.replicas.flatMap(({ host, idle }) => [host, ...hostsAsked(idle)]);
}

/** The hosts that a probe asks beside that of its step. */
function hostsAsked(probe: Probe): HostName[] {
  if (probe.kind === "all" || probe.kind === "any") return probe.probes.flatMap(hostsAsked);
  if (probe.kind === "streamed") return hostsAsked(probe.until);
  if (probe.kind !== "everywhere") return [];
  return probe.asked.flatMap(({ host, probe: inner }) => [host, ...hostsAsked(inner)]);
}

/**
 * A circle of steps that wait for each other, by their edges and by their turns: where one at a time takes a
 * turn, each waits for the one before it in the plan.
 */
function findCycle(plan: Plan): string[] {
  const before = new Map(plan.steps.map(step => [step.id, endsFirst(step)]));
  for (const [group, steps] of turnGroups(plan)) {
    if ((plan.limits.turns[group] ?? 1) > 1) continue;
    steps.slice(1).forEach((step, index) => {
      const previous = steps[index];
      if (previous !== undefined) before.get(step.id)?.push(previous.turn?.until ?? previous.id);
    });
  }
  const cycle = circle(before);
  return cycle === undefined ? [] : [`these steps wait for each other: ${cycle.join(" → ")}`];
}

/** Walks without recursion, as a plan may be a chain of thousands of steps. */
function circle(before: ReadonlyMap<StepId, readonly StepId[]>): StepId[] | undefined {
  const finished = new Set<StepId>();
  for (const root of before.keys()) {
    const path: StepId[] = [root];
    const onPath = new Set(path);
    const rest: StepId[][] = [[...(before.get(root) ?? [])]];
    while (path.length > 0) {
      const next = rest.at(-1)?.pop();
      if (next === undefined) {
        leave(path, onPath, finished);
        rest.pop();
      } else if (onPath.has(next)) {
        return [...path.slice(path.indexOf(next)), next].reverse();
      } else if (!finished.has(next)) {
        path.push(next);
        onPath.add(next);
        rest.push([...(before.get(next) ?? [])]);
      }
    }
  }
  return undefined;
}

function leave(path: StepId[], onPath: Set<StepId>, finished: Set<StepId>): void {
  const last = path.pop();
  if (last === undefined) return;
  onPath.delete(last);
  finished.add(last);
}
