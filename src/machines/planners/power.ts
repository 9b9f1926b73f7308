import type { Milliseconds } from "../../base/units.ts";
import type { Probe, Step, StepId } from "../../plan/model.ts";
import { uuidOf } from "../identity.ts";
import { vmPlaces } from "../places.ts";
import { domstateIs, virsh, type DomainState } from "../virsh.ts";
import { isMounted, mountPoint } from "../../services/mounts.ts";
import { disksOf, type PlannedDisk } from "../disks.ts";
import type { Vm } from "../vm.ts";
import { asRoot, machineStep, libvirtScript, vmStepId, type VmRequest } from "./request.ts";

const START_TIMEOUT: Milliseconds = 60_000;
/** A shutdown stops the services of the VM first; after this its operator has to look. */
const SHUTDOWN_TIMEOUT: Milliseconds = 180_000;
const READY_INTERVAL: Milliseconds = 2000;
/** Seconds for the last answer of libvirt, and for the cut of the power. */
const MARGIN = 10;
const FORCE_MARGIN = 45;

/** A VM that was paused, as libvirt does when its disk is full, goes on; one in another state is left to the operator. */
const START = `state=$(state_of "$1" "$2")
case $state in
  running|idle) ;;
  paused) v resume "$2" ;;
  "shut off"|crashed) v start "$2" ;;
  *) echo "$1 is $state: not started" >&2; exit 1 ;;
esac`;

/**
 * Asks for a shutdown again and again, since a VM that boots hears none, until libvirt says that it is off. A libvirt that does
 * not answer says nothing: it is asked again until the deadline. The domain of somebody else is not asked once.
 */
const SHUT_DOWN = `count=0; end=$(($(date +%s) + $3))
while :; do
  code=0; state=$(state_of "$1" "$2" 2>&1) || code=$?
  [ $code -ne 2 ] || { echo "$state" >&2; exit 1; }
  [ $code -eq 0 ] || state="unknown ($state)"
  case $state in
    "shut off"|crashed|absent) exit 0 ;;
    running|idle|paused) [ $((count % 10)) -ne 0 ] || v shutdown "$2" >/dev/null 2>&1 || : ;;
  esac
  count=$((count + 1))
  [ "$(date +%s)" -lt "$end" ] || { echo "$1 is still $state after $3 s" >&2; exit 1; }
  sleep 1
done`;

/** The power is cut only when the clean way did not end in time. */
const SWITCH_OFF = `if (
${SHUT_DOWN}
); then exit 0; fi
state_of "$1" "$2" > /dev/null
echo "cutting the power of $1" >&2
v destroy "$2"`;

/** Starts a VM that is defined. */
export function startVm(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step {
  return machineStep(request, vm, {
    id: vmStepId("start", vm),
    title: `start the VM ${vm.name} on ${vm.machine.name}`,
    kind: "start vm",
    action: libvirtScript(START, vm.name, uuidOf(vm)),
    done: domainIs(vm, "running", "idle"),
    needs,
    timeout: request.timeout ?? START_TIMEOUT,
  });
}

/** Shuts a VM down; with `force` its power is cut when it does not follow. */
export function shutDownVm(
  request: VmRequest,
  vm: Vm,
  words: { force: boolean; needs: readonly StepId[]; after?: readonly StepId[] },
): Step {
  const { force, ...order } = words;
  const deadline = request.timeout ?? SHUTDOWN_TIMEOUT;
  // The script gives up a little earlier, so that what it saw last is told.
  const seconds = Math.max(1, Math.floor(deadline / 1000) - (force ? FORCE_MARGIN : MARGIN));
  return machineStep(request, vm, {
    id: vmStepId("shut down", vm),
    title: `shut the VM ${vm.name} down${force ? ", its power cut where it does not follow" : ""}`,
    kind: "stop vm",
    action: libvirtScript(force ? SWITCH_OFF : SHUT_DOWN, vm.name, uuidOf(vm), String(seconds)),
    done: domainIs(vm, "shut off"),
    ...order,
    timeout: deadline,
  });
}

/** The gate after a start: smc can log in by the host key that it knows, and the first boot has done all that it was told. */
export function vmReady(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step {
  return {
    id: vmStepId("ready", vm),
    title: `wait until ${vm.name} lets smc in and has done what its seed says`,
    kind: "ready vm",
    host: vm.host.name,
    action: {
      kind: "wait",
      probe: { kind: "all", probes: [...BOOTED, ...disksOf(vm).map(mounted)] },
      interval: READY_INTERVAL,
      log: asRoot(request, { host: vm.machine.name, path: vmPlaces(vm.name).console }),
    },
    needs,
    after: [],
    timeout: request.timeout ?? request.deployment.timeouts.ready,
  };
}

const RESULT = "/run/cloud-init/result.json";
/** cloud-init writes the file at the end of every boot, on a file system that a boot begins without it. */
export const IS_BOOTED: readonly string[] = ["test", "-e", RESULT];

/** What went wrong in it is final. */
const BOOTED: readonly Probe[] = [
  { kind: "command", argv: IS_BOOTED },
  {
    kind: "command",
    argv: ["sh", "-c", `grep -q '"errors": \\[\\]' "$1" || { cat "$1"; exit 1; }`, "sh", RESULT],
    steady: true,
  },
];

/** A disk that does not mount keeps nobody from logging in, so it is asked for; the check of a large one may outlast the boot. */
function mounted({ name }: PlannedDisk): Probe {
  return { kind: "command", argv: isMounted(mountPoint(name)) };
}

/** Holds where libvirt on its machine says that a VM is off, asked of another host: what runs on it cannot be asked any more then. */
export function isOff(request: VmRequest, vm: Vm): Probe {
  const probe = asRoot(request, domainIs(vm, "shut off"));
  return { kind: "everywhere", asked: [{ host: vm.machine.name, probe }] };
}

function domainIs(vm: Vm, ...states: readonly DomainState[]): Probe {
  return { kind: "command", argv: virsh("domstate", uuidOf(vm)), stdout: domstateIs(...states) };
}
