import type { HostTarget } from "../../base/host-target.ts";
import type { Deployment } from "../../inventory/model.ts";
import { select } from "../../inventory/selection.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import type { GlobalOptions } from "../model.ts";

/**
 * The hosts that the words and `--on` name, or all, with how to reach them. Hosts that smc does not manage are among
 * them only when named. Throws an OperatorError for a selection that matches nothing.
 */
export function selectTargets(
  deployment: Deployment,
  words: readonly string[],
  { on, connectTimeout }: Pick<GlobalOptions, "on" | "connectTimeout">,
): HostTarget[] {
  const named = [...words, ...(on === undefined ? [] : [on])];
  const site = { deployment, ...(connectTimeout === undefined ? {} : { connectTimeout }) };
  return select(deployment.hosts, named)
    .filter(host => host.managed || named.includes(host.name))
    .map(host => targetOf(site, host));
}
