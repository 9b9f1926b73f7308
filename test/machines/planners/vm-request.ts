import type { VmRequest } from "../../../src/machines/planners/request.ts";
import { vmsOf } from "../../../src/machines/vm.ts";
import { onceFor } from "../../../src/services/once.ts";
import { descriptionsOf } from "../../../src/services/registry.ts";
import { stormDeployment } from "../vms.ts";

const storm = stormDeployment();

/** What is asked of these VMs of `stormDeployment`, or of another, whose machines were asked nothing. */
export function vmRequest(names: readonly string[], more: Partial<VmRequest> = {}): VmRequest {
  const { deployment = storm } = more;
  return {
    deployment,
    once: onceFor(deployment),
    descriptions: descriptionsOf(deployment),
    stateDirectory: "/state",
    siteDirectory: "/site",
    command: ["restart", "vm"],
    vms: vmsOf(deployment).filter(({ name }) => names.includes(name)),
    instances: deployment.instances.filter(({ host }) => names.includes(host)),
    seen: new Map(),
    images: new Map(),
    accelerators: new Map(),
    parallel: undefined,
    keepGoing: false,
    observed: new Map(),
    now: new Date("2026-01-02T03:04:05Z"),
    timeout: undefined,
    ...more,
  };
}
