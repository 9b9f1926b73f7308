import type { DeploymentName } from "../base/names.ts";

/** Where a host has written down which secrets smc brought to it, a file for each deployment. */
const RECORDS = "/var/lib/smc/secrets";

/**
 * Its lines are what is there, a blank, and a path. What is there is a SHA-256 in hex, or `pending:NEW` or `pending:NEW:OLD` where a run was
 * cut off: either the content that was to come is there, or nothing, or what smc had brought before.
 */
export function recordOf(deployment: DeploymentName): string {
  return `${RECORDS}/${deployment}`;
}
