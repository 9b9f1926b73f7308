import type { Milliseconds } from "../../base/units.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { uuidOf } from "../identity.ts";
import { REMOVED_WHOLE } from "../kept.ts";
import { keptPlaces, vmPlaces } from "../places.ts";
import type { Vm } from "../vm.ts";
import {
  assembleVmPlan,
  machineStep,
  libvirtScript,
  vmStepId,
  type VmPlanning,
  type VmRequest,
} from "./request.ts";
import { stopVms, type VmStopOptions } from "./stop.ts";

const QUICK: Milliseconds = 60_000;
const REMOVE_TIMEOUT: Milliseconds = 600_000;

export interface VmDestroyOptions extends VmStopOptions {
  /** The persistent disks go too, and all that is on them. */
  withDisks: boolean;
}

/** Only a domain that is the VM of this deployment and that libvirt itself says is off is forgotten; no answer is no permission. */
const UNDEFINE = `state=$(state_of "$1" "$2")
case $state in
  absent) ;;
  "shut off"|crashed) v undefine --managed-save "$2" ;;
  *) echo "$1 is $state: nothing was removed" >&2; exit 1 ;;
esac`;

const REMOVE = `state=$(state_of "$1" "$2")
[ "$state" = absent ] || { echo "$1 is $state: nothing was removed" >&2; exit 1; }
shift 2
if [ -n "\${2-}" ]; then
  ${REMOVED_WHOLE}
else rm -rf -- "$1"; fi`;

/** Plans `smc vm destroy`: shuts the VMs down, lets libvirt forget them and removes what can be made again. Persistent disks stay unless they are asked for. */
export function planVmDestroy(request: VmRequest, options: VmDestroyOptions): Plan {
  const planning: VmPlanning = { ...request, ...beginPlanning(request) };
  const stops = stopVms(planning, options);
  const steps = [...stops, ...request.vms.flatMap(vm => removeVm(request, vm, options))];
  return assembleVmPlan(planning, { steps, onFailure: "halt" });
}

function removeVm(request: VmRequest, vm: Vm, { withDisks }: VmDestroyOptions): Step[] {
  const system = vmPlaces(vm.name);
  const keptSystem = keptPlaces(vm.name);
  const undefine = machineStep(request, vm, {
    id: vmStepId("undefine", vm),
    title: `let libvirt on ${vm.machine.name} forget ${vm.name}`,
    kind: "destroy vm",
    action: libvirtScript(UNDEFINE, vm.name, uuidOf(vm)),
    needs: [vmStepId("shut down", vm)],
    timeout: QUICK,
  });
  const needs = [undefine.id];
  // A disk may be a mount point, which has no other name.
  const remove = (what: string, path: string, ...gone: readonly string[]): Step =>
    machineStep(request, vm, {
      id: vmStepId(`remove ${what} of`, vm),
      title: `remove ${what} of ${vm.name}: ${path}`,
      kind: "destroy vm",
      action: libvirtScript(REMOVE, vm.name, uuidOf(vm), path, ...gone),
      done: {
        kind: "command",
        argv: ["test", "!", "-e", path, ...gone.flatMap(other => ["-a", "!", "-e", other])],
      },
      needs,
      timeout: REMOVE_TIMEOUT,
    });
  const files = remove("the system", system.folder, system.gone);
  const kept = remove("the kept system", keptSystem.folder, keptSystem.gone);
  return [undefine, files, kept, ...(withDisks ? [remove("the disks", system.disks)] : [])];
}
