import type { Milliseconds } from "../../base/units.ts";
import { formatSize } from "../../base/units.ts";
import { DISK_FORMATS } from "../../inventory/disk-formats.ts";
import type { Plan, Step, StepId } from "../../plan/model.ts";
import { beginPlanning } from "../../services/planners/request.ts";
import { disksOf, type PlannedDisk } from "../disks.ts";
import { renderDomain } from "../domain.ts";
import { uuidOf } from "../identity.ts";
import { describeImage } from "../images.ts";
import { diskPath, imagePlaces, vmPlaces } from "../places.ts";
import { renderSeed, type SeedFiles } from "../seed.ts";
import { virsh } from "../virsh.ts";
import type { Vm } from "../vm.ts";
import { assembleVmPlan, machineStep, script, vmStepId, type VmRequest } from "./request.ts";

const QUICK: Milliseconds = 60_000;
/** The file system of a disk of some terabytes is made within this. */
const DISK_TIMEOUT: Milliseconds = 600_000;

/** Plans `smc vm create`: everything that a VM is made of, none of it started. What is there is left as it is. */
export function planVmCreate(request: VmRequest): Plan {
  const planning = { ...request, ...beginPlanning(request) };
  const steps = request.vms.flatMap(vm => makeVm(request, vm).steps);
  return assembleVmPlan(planning, { steps, onFailure: "continue" });
}

/** The steps that make a VM or bring its definition up to date, behind `before`, and those that its start hangs on. */
export function makeVm(
  request: VmRequest,
  vm: Vm,
  before: readonly StepId[] = [],
): { steps: Step[]; ready: StepId[] } {
  const folders = { ...foldersStep(request, vm), needs: before };
  const needs = [folders.id];
  const seed = seedSteps(request, vm, needs);
  const disks = disksOf(vm).flatMap(disk => diskStep(request, vm, { disk, needs }));
  const overlay = overlayStep(request, vm, needs);
  // A definition that names a disk which is refused would keep the VM from its next boot.
  const files = [...disks, overlay].map(step => step.id);
  const domain = domainSteps(request, vm, files);
  const steps = [folders, ...seed, ...disks, overlay, ...domain];
  return { steps, ready: steps.map(step => step.id) };
}

function foldersStep(request: VmRequest, vm: Vm): Step {
  const { folder, seedFolder, disks } = vmPlaces(vm.name);
  const paths = [folder, seedFolder, disks];
  return machineStep(request, vm, {
    id: vmStepId("folders", vm),
    title: `make the folders of ${vm.name} on ${vm.machine.name}`,
    kind: "make vm",
    // The accounts of libvirt go through them; the seed is nobody's but root's.
    action: script('install -d -m 0711 "$1" "$3"\ninstall -d -m 0700 "$2"', ...paths),
    done: { kind: "command", argv: ["stat", "-c", "%a", ...paths], stdout: "^711\\n700\\n711$" },
    timeout: QUICK,
  });
}

/** Made beside its name: a VM that runs reads the one that it has. */
const MAKE_SEED = `umask 077
genisoimage -quiet -volid cidata -joliet -rock -output "$1.new" "$2/user-data" "$2/meta-data" "$2/network-config"
mv "$1.new" "$1"`;
const SEED_IS_NEW = `[ -e "$1" ] && [ -z "$(find "$2" -type f -newer "$1")" ]`;

function seedSteps(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step[] {
  const { seed, seedFolder } = vmPlaces(vm.name);
  const files = Object.entries(renderSeed(vm)) as [keyof SeedFiles, SeedFiles[keyof SeedFiles]][];
  const written = files.map(([name, content]) =>
    machineStep(request, vm, {
      id: vmStepId(`write ${name} of`, vm),
      title: `write ${name} of ${vm.name} on ${vm.machine.name}`,
      kind: "make vm",
      action: { kind: "put", path: `${seedFolder}/${name}`, content, mode: 0o600 },
      needs,
      timeout: QUICK,
    }),
  );
  const image = machineStep(request, vm, {
    id: vmStepId("seed", vm),
    title: `pack what ${vm.name} is told at its boot`,
    kind: "make vm",
    action: script(MAKE_SEED, seed, seedFolder),
    done: { kind: "command", argv: ["sh", "-c", SEED_IS_NEW, "sh", seed, seedFolder] },
    needs: written.map(step => step.id),
    timeout: QUICK,
  });
  return [...written, image];
}

/**
 * Made and formatted beside its name, and moved there only where nothing is: a disk that is there is never touched. One that is there
 * in another format is the disk that was meant: an empty one would take its place.
 */
const MAKE_DISK = `path=$1 format=$2 size=$3 fs=$4 label=$5
shift 5
for other do
  [ ! -e "$other" ] || {
    echo "the disk $label is there in another format, $other: say format: as it was, or convert it" >&2; exit 1; }
done
umask 077
rm -f "$path.new" "$path.raw"
truncate -s "$size" "$path.raw"
case $fs in
  ext4) mkfs.ext4 -q -F -L "$label" "$path.raw" ;;
  xfs) mkfs.xfs -q -L "$label" "$path.raw" ;;
esac
if [ "$format" = raw ]; then mv "$path.raw" "$path.new"
else qemu-img convert -q -f raw -O "$format" "$path.raw" "$path.new"; rm -f "$path.raw"; fi
sync "$path.new"
mv -n "$path.new" "$path"`;

function diskStep(
  request: VmRequest,
  vm: Vm,
  { disk, needs }: { disk: PlannedDisk; needs: readonly StepId[] },
): Step[] {
  const { name, path, format, size, fs } = disk;
  if (size === undefined) return [];
  return [
    machineStep(request, vm, {
      id: vmStepId(`disk ${name} of`, vm),
      title: `make the disk ${name} of ${vm.name}: ${formatSize(size)}, ${fs}, empty`,
      kind: "make vm",
      action: script(MAKE_DISK, path, format, String(size), fs, name, ...inOtherFormats(vm, disk)),
      done: { kind: "command", argv: ["test", "-e", path] },
      needs,
      timeout: DISK_TIMEOUT,
    }),
  ];
}

function inOtherFormats(vm: Vm, { name, format }: PlannedDisk): string[] {
  return DISK_FORMATS.filter(other => other !== format).map(other => diskPath(vm.name, name, other));
}

/** Nobody else of the machine reads it: it will hold keys and secrets. The kernel comes from the same image, and stays with the overlay when a newer image comes. */
const MAKE_OVERLAY = `umask 077; overlay=$1 image=$2
[ -e "$image/root.img" ] || { echo "there is no base image $image" >&2; exit 1; }
install -m 0644 "$image/vmlinuz" "$3"
install -m 0644 "$image/initrd.img" "$4"
rm -f "$overlay.new"
qemu-img create -q -f qcow2 -b "$image/root.img" -F raw "$overlay.new"
sync "$overlay.new"
mv -n "$overlay.new" "$overlay"`;

function overlayStep(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step {
  const { overlay, kernel, initrd } = vmPlaces(vm.name);
  const image = request.images.get(vm.name) ?? describeImage(vm.settings.image);
  return machineStep(request, vm, {
    id: vmStepId("overlay", vm),
    title: `lay ${vm.name} over the image ${image}`,
    kind: "make vm",
    action: script(MAKE_OVERLAY, overlay, imagePlaces(image).folder, kernel, initrd),
    done: { kind: "command", argv: ["test", "-e", overlay] },
    needs,
    timeout: QUICK,
  });
}

function domainSteps(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step[] {
  const { domain } = vmPlaces(vm.name);
  const { xml, definition } = renderDomain(vm, acceleratorOf(request, vm));
  const write = machineStep(request, vm, {
    id: vmStepId("write domain of", vm),
    title: `write ${domain} on ${vm.machine.name}`,
    kind: "make vm",
    action: { kind: "put", path: domain, content: [xml], mode: 0o600 },
    needs,
    timeout: QUICK,
  });
  const define = machineStep(request, vm, {
    id: vmStepId("define", vm),
    title: `let libvirt on ${vm.machine.name} know ${vm.name}`,
    kind: "make vm",
    action: { kind: "run", argv: virsh("define", domain) },
    done: {
      kind: "command",
      argv: virsh("dumpxml", "--inactive", vm.name),
      stdout: `definition=['"]${definition}['"]`,
    },
    needs: [write.id],
    timeout: QUICK,
  });
  const autostart = machineStep(request, vm, {
    id: vmStepId("autostart", vm),
    title: `start ${vm.name} whenever ${vm.machine.name} boots`,
    kind: "make vm",
    action: { kind: "run", argv: virsh("autostart", uuidOf(vm)) },
    done: { kind: "command", argv: virsh("dominfo", uuidOf(vm)), stdout: "^Autostart:\\s+enable$" },
    needs: [define.id],
    timeout: QUICK,
  });
  return [write, define, autostart];
}

function acceleratorOf({ accelerators }: VmRequest, { settings, machine }: Vm) {
  return settings.driver === "qemu" ? "qemu" : (accelerators.get(machine.name) ?? "kvm");
}
