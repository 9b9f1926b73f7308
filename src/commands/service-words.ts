import type { ServiceName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment, Instance } from "../inventory/model.ts";
import { select } from "../inventory/selection.ts";
import type { GlobalOptions } from "./model.ts";

/** The word that stands for VMs where services stand. */
export const VM_WORD = "vm";

/** The words of `smc VERB <service|all> [host…]`. */
export interface ServiceWords {
  service: string;
  hosts: readonly string[];
}

/**
 * The instances that the words name: of one service or of all, on the hosts named or on all. Host words and
 * `--on` both narrow. Throws an OperatorError for an unknown service and for a selection that matches nothing.
 */
export function selectInstances(
  deployment: Deployment,
  words: ServiceWords,
  on: GlobalOptions["on"],
): Instance[] {
  const service = words.service === "all" ? undefined : knownService(deployment, words.service);
  const ofService = deployment.instances.filter(
    instance => service === undefined || instance.service === service,
  );
  const asked = [words.hosts, on === undefined ? [] : [on]].filter(list => list.length > 0);
  const hosts = asked.map(list => new Set(select(deployment.hosts, list).map(host => host.name)));
  const selected = ofService.filter(instance => hosts.every(names => names.has(instance.host)));
  if (selected.length > 0) return selected;
  throw new OperatorError(
    asked.length === 0
      ? `${deployment.name} has no instance of any service`
      : `${words.service} has no instance on ${asked.map(list => list.join(" ")).join(" that is also --on ")} in ${deployment.name}`,
    { code: "SELECTION_EMPTY", hint: `smc -d ${deployment.name} inventory  shows what is where` },
  );
}

function knownService(deployment: Deployment, name: string): ServiceName {
  if (deployment.services.has(name)) return name;
  if (name === VM_WORD) throw notOfVms();
  const names = [...deployment.services.keys()];
  throw new OperatorError(`${deployment.name} has no service ${name}`, {
    code: "SERVICE_UNKNOWN",
    hint: `its services are ${names.join(", ")}, or all`,
  });
}

function notOfVms(): OperatorError {
  return new OperatorError(
    `${VM_WORD} stands for the VMs themselves in start, stop, restart and status only`,
    {
      code: "USAGE",
      hint: "smc restart vm NAME --dry-run  shows a plan, smc vm console NAME  what a VM says",
    },
  );
}
