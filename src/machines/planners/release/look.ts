import type { Milliseconds } from "../../../base/units.ts";
import type { Probe, Step, StepId } from "../../../plan/model.ts";
import { GATE_INTERVAL } from "../../../services/planners/ready.ts";
import { uuidOf } from "../../identity.ts";
import { imagePlaces, keptPlaces } from "../../places.ts";
import { virsh, VIRSH_IN_SHELL } from "../../virsh.ts";
import type { Vm } from "../../vm.ts";
import { asRoot, vmStepId, type VmPlanning } from "../request.ts";

const QUICK: Milliseconds = 60_000;
/** An image of many gigabytes is read within this. */
const VERIFY_TIMEOUT: Milliseconds = 1_800_000;

/** Arguments: folder of the image, SHA-256 of its list of checksums. */
const IS_IMAGE = `[ "$(sha256sum < "$1/SHA256SUMS")" = "$2  -" ] || { echo "$1 is another image than was meant"; exit 1; }`;
const IS_WHOLE = `${IS_IMAGE}
cd "$1" && sha256sum --quiet --strict -c SHA256SUMS`;

/** The gates that see every image whole on every machine that is to have it: one for each pair. */
export function verifySteps(
  planning: VmPlanning,
  images: ReadonlyMap<string, string>,
  needs: readonly StepId[],
): Step[] {
  const pairs = new Map(
    planning.vms.map(vm => [`verify ${imageOf(planning, vm)} on ${vm.machine.name}`, vm]),
  );
  return [...pairs].map(([id, vm]) => {
    const image = imageOf(planning, vm);
    const { folder } = imagePlaces(image);
    return gateOn(planning, vm, {
      id,
      title: `see that ${image} is whole on ${vm.machine.name}`,
      probe: command(IS_WHOLE, folder, images.get(image) ?? ""),
      needs,
      timeout: VERIFY_TIMEOUT,
    });
  });
}

/** The gate before a VM is made anew: libvirt has it as ours, and its image is there. */
export function lookAtNew(
  planning: VmPlanning,
  vm: Vm,
  { images, needs }: { images: ReadonlyMap<string, string>; needs: readonly StepId[] },
): Step {
  const image = imageOf(planning, vm);
  const isThere = command(IS_IMAGE, imagePlaces(image).folder, images.get(image) ?? "");
  return lookAt(planning, vm, { what: `and ${image} to make it anew from`, probe: isThere, needs });
}

/** The gate before a VM goes back: libvirt has it as ours, and what it was is there. */
export function lookAtKept(planning: VmPlanning, vm: Vm, needs: readonly StepId[]): Step {
  const probe: Probe = { kind: "command", argv: ["test", "-e", keptPlaces(vm.name).overlay], steady: true };
  // What was there is defined anew: a domain that is lost is no obstacle.
  const mayBe = command(`${VIRSH_IN_SHELL}\nstate_of "$1" "$2" > /dev/null`, vm.name, uuidOf(vm));
  return lookAt(planning, vm, { what: "and what it was before", probe, isOurs: mayBe, needs });
}

function lookAt(
  planning: VmPlanning,
  vm: Vm,
  {
    what,
    probe,
    isOurs = { kind: "command", argv: virsh("domuuid", vm.name), stdout: `^${uuidOf(vm)}$` },
    needs,
  }: { what: string; probe: Probe; isOurs?: Probe; needs: readonly StepId[] },
): Step {
  const probes = [isOurs, probe].map(one => asRoot(planning, one));
  return gateOn(planning, vm, {
    id: vmStepId("look at", vm),
    title: `see that ${vm.machine.name} has ${vm.name}, ${what}`,
    probe: { kind: "all", probes },
    needs,
    timeout: QUICK,
  });
}

function gateOn(
  planning: VmPlanning,
  { machine }: Vm,
  { probe, ...words }: Pick<Step, "id" | "title" | "needs" | "timeout"> & { probe: Probe },
): Step {
  return {
    ...words,
    kind: "look at vm",
    host: machine.name,
    action: {
      kind: "wait",
      probe: probe.kind === "all" ? probe : asRoot(planning, probe),
      interval: GATE_INTERVAL,
    },
    after: [],
  };
}

function command(text: string, ...words: readonly string[]): Probe {
  return { kind: "command", argv: ["sh", "-c", text, "sh", ...words], steady: true };
}

/** The image that a VM is to have. */
export function imageOf({ images }: Pick<VmPlanning, "images">, { name }: Vm): string {
  const image = images.get(name);
  if (image === undefined) throw new Error(`nobody said which image ${name} is to have`);
  return image;
}
