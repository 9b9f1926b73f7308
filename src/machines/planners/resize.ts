import type { Milliseconds } from "../../base/units.ts";
import { formatSize } from "../../base/units.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { mountPoint } from "../../services/mounts.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { disksOf, type PlannedDisk } from "../disks.ts";
import { uuidOf } from "../identity.ts";
import type { Vm } from "../vm.ts";
import { makeVm } from "./create.ts";
import { asRoot, assembleVmPlan, machineStep, libvirtScript, vmStepId, type VmRequest } from "./request.ts";

const RESIZE_TIMEOUT: Milliseconds = 120_000;

/** The size that an image has for its VM, in bytes: the first line of this form; those of nested files are indented. */
const SIZE_OF = `qemu-img info -U "$1" | sed -n 's/^virtual size: .*(\\([0-9]*\\) bytes)$/\\1/p'`;

const GROW = `path=$1 want=$2 vm=$3 format=$4 id=$5
have=$(${SIZE_OF})
[ -n "$have" ] || { echo "qemu-img does not tell the size of $path" >&2; exit 1; }
[ "$have" -ne "$want" ] || exit 0
[ "$have" -lt "$want" ] || { echo "$path has $have bytes, the services file says $want: a disk is never made smaller" >&2; exit 1; }
state=$(state_of "$vm" "$id")
case $state in
  running|idle|paused) v blockresize "$id" "$path" "\${want}B" ;;
  "shut off"|crashed) qemu-img resize -q -f "$format" "$path" "$want" ;;
  *) echo "$vm is $state: nothing was changed" >&2; exit 1 ;;
esac`;

const HAS_SIZE = `[ "$(${SIZE_OF})" = "$2" ]`;
/** Where systemd keeps it depends on the release. */
const GROW_FILE_SYSTEM = `for program in /usr/lib/systemd/systemd-growfs /lib/systemd/systemd-growfs; do
  [ ! -x "$program" ] || exec "$program" "$1"
done
echo "there is no systemd-growfs" >&2
exit 1`;

/**
 * Plans `smc vm resize`: disks become as large as the services file says, under a VM that runs too; none becomes smaller.
 * Memory and processors are written down for its next start.
 */
export function planVmResize(request: VmRequest): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const steps = request.vms.flatMap(vm => {
    const made = makeVm(request, vm);
    const grown = disksOf(vm).flatMap(disk => growSteps(request, vm, { disk, needs: made.ready }));
    return [...made.steps, ...grown];
  });
  return assembleVmPlan(planning, { steps, onFailure: "continue" });
}

function growSteps(
  request: VmRequest,
  vm: Vm,
  { disk, needs }: { disk: PlannedDisk; needs: readonly string[] },
): Step[] {
  const { name, path, size, format } = disk;
  if (size === undefined) return [];
  const grow = machineStep(request, vm, {
    id: vmStepId(`grow disk ${name} of`, vm),
    title: `grow the disk ${name} of ${vm.name} to ${formatSize(size)}`,
    kind: "resize vm",
    action: libvirtScript(GROW, path, String(size), vm.name, format, uuidOf(vm)),
    done: { kind: "command", argv: ["sh", "-c", HAS_SIZE, "sh", path, String(size)] },
    needs,
    timeout: RESIZE_TIMEOUT,
  });
  // A VM that is off lets its file system follow when it boots.
  if (request.seen.get(vm.name)?.state === "shut off") return [grow];
  const follow: Step = {
    id: vmStepId(`grow file system ${name} of`, vm),
    title: `let the file system of ${mountPoint(name)} on ${vm.name} follow`,
    kind: "resize vm",
    host: vm.host.name,
    action: asRoot(request, { kind: "run", argv: ["sh", "-c", GROW_FILE_SYSTEM, "sh", mountPoint(name)] }),
    needs: [grow.id],
    after: [],
    whenChanged: [grow.id],
    timeout: RESIZE_TIMEOUT,
  };
  return [grow, follow];
}
