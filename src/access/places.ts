import type { DeploymentName } from "../base/names.ts";

/** Where a host has written down which secrets smc brought to it, a file for each deployment. */
const RECORDS = "/var/lib/smc/secrets";

/** Its lines are a SHA-256 in hex, or `pending`, a blank, and a path. */
export function recordOf(deployment: DeploymentName): string {
  return `${RECORDS}/${deployment}`;
}
