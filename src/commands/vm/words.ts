import type { Instance } from "../../inventory/model.ts";
import { selectVms, type Vm } from "../../machines/vm.ts";
import type { VmRequest } from "../../machines/planners/request.ts";
import { hostRequest } from "../host-request.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";

/** The VMs that the words and `--on` name; both narrow. Throws an OperatorError for words that name none. */
export function vmsOfWords(context: CommandContext<unknown>, site: Site, words: readonly string[]): Vm[] {
  const { on } = context.global;
  const vms = selectVms(site.deployment, words);
  if (on === undefined) return vms;
  const too = new Set(selectVms(site.deployment, [on]).map(({ name }) => name));
  return vms.filter(({ name }) => too.has(name));
}

/** A request for VMs, with nothing seen yet; `instances` are what runs on them. */
export function vmRequest(
  context: CommandContext<unknown>,
  site: Site,
  { vms, instances }: { vms: readonly Vm[]; instances: readonly Instance[] },
): VmRequest {
  return {
    ...hostRequest(context, site),
    instances,
    vms,
    seen: new Map(),
    images: new Map(),
    accelerators: new Map(),
  };
}

/** The instances on these VMs. */
export function instancesOn({ deployment }: Site, vms: readonly Vm[]): Instance[] {
  const names = new Set(vms.map(({ name }) => name));
  return deployment.instances.filter(({ host }) => names.has(host));
}
