import type { SecretName } from "../base/names.ts";
import type { Plan, Step } from "./model.ts";

/** A secret that a plan fills in when it runs. */
export interface PlanSecret {
  name: SecretName;
  /** It is a password that smc itself sets in the database, so smc may make it up; others come from outside. */
  generated: boolean;
}

/** Every secret that the plan names, in name order, wherever in a step it stands. */
export function secretsOf(plan: Plan): PlanSecret[] {
  const names = new Set(plan.steps.flatMap(step => secretNames(step)));
  const generated = new Set(plan.steps.filter(setsPasswords).flatMap(step => secretNames(step.action)));
  return [...names].sort().map(name => ({ name, generated: generated.has(name) }));
}

function setsPasswords(step: Step): boolean {
  return step.action.kind === "cql";
}

function secretNames(value: unknown): SecretName[] {
  if (typeof value !== "object" || value === null) return [];
  if ("secret" in value && typeof value.secret === "string") return [value.secret];
  return Object.values(value).flatMap(secretNames);
}
