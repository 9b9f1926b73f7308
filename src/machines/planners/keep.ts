import type { Milliseconds } from "../../base/units.ts";
import type { Action, Step, StepId } from "../../plan/model.ts";
import { uuidOf } from "../identity.ts";
import { DISCARD, IS_KEPT, KEEP_ASIDE, NOTE, NOTED, noteText, PUT_BACK, type KeptNote } from "../kept.ts";
import { keptPlaces, vmPlaces } from "../places.ts";
import type { Vm } from "../vm.ts";
import { libvirtScript, machineStep, script, vmStepId, type VmRequest } from "./request.ts";

const MOVE_TIMEOUT: Milliseconds = 60_000;
/** An overlay of many gigabytes is removed within this. */
const REMOVE_TIMEOUT: Milliseconds = 600_000;

/** Keeps the system of a VM that is off aside, as it is, because it is made anew from `image`. */
export function keepAside(
  request: VmRequest,
  vm: Vm,
  { image, needs }: { image: string; needs: readonly StepId[] },
): Step {
  const note = noteOf(request, image, "begun");
  const { folder } = keptPlaces(vm.name);
  return machineStep(request, vm, {
    id: vmStepId("keep", vm),
    title: `keep what ${vm.name} is aside, in ${folder}`,
    kind: "keep vm",
    action: onSystem(vm, KEEP_ASIDE, noteText(note)),
    done: { kind: "command", argv: ["sh", "-c", IS_KEPT, "sh", folder, `${note.image} ${note.at}`] },
    needs,
    timeout: REMOVE_TIMEOUT,
  });
}

/** Notes that a VM was seen well with its new image; what it was before stays until it is discarded. */
export function noteSeenWell(
  request: VmRequest,
  vm: Vm,
  { image, needs }: { image: string; needs: readonly StepId[] },
): Step {
  const words = [keptPlaces(vm.name).folder, noteText(noteOf(request, image, "done"))];
  return machineStep(request, vm, {
    id: vmStepId("note", vm),
    title: `note that ${vm.name} was seen well with ${image}`,
    kind: "note vm",
    action: script(NOTE, ...words),
    done: { kind: "command", argv: ["sh", "-c", NOTED, "sh", ...words] },
    needs,
    timeout: MOVE_TIMEOUT,
  });
}

/** Makes a VM that is off what it was before it was made anew; where nothing is kept it is that already. */
export function putBack(request: VmRequest, vm: Vm, needs: readonly StepId[]): Step {
  return machineStep(request, vm, {
    id: vmStepId("put back", vm),
    title: `put back what ${vm.name} was before`,
    kind: "put back vm",
    action: onSystem(vm, PUT_BACK),
    done: nothingKept(vm),
    needs,
    timeout: REMOVE_TIMEOUT,
  });
}

/** Removes what a VM was before it was made anew: from then on there is no way back. */
export function discardKept(request: VmRequest, vm: Vm): Step {
  const { folder, gone } = keptPlaces(vm.name);
  return machineStep(request, vm, {
    id: vmStepId("discard", vm),
    title: `remove what ${vm.name} was before: ${folder}`,
    kind: "discard vm",
    action: script(DISCARD, vm.name, folder, gone),
    done: { kind: "command", argv: ["test", "!", "-e", folder, "-a", "!", "-e", gone] },
    timeout: REMOVE_TIMEOUT,
  });
}

/** Holds where a VM is what it is, with nothing to go back to. */
export function nothingKept({ name }: Vm) {
  return { kind: "command", argv: ["test", "!", "-e", keptPlaces(name).folder] } as const;
}

function onSystem(vm: Vm, text: string, ...words: readonly string[]): Extract<Action, { kind: "run" }> {
  const places = [vmPlaces(vm.name).folder, keptPlaces(vm.name).folder];
  return libvirtScript(text, vm.name, uuidOf(vm), ...places, ...words);
}

function noteOf({ now }: VmRequest, image: string, state: KeptNote["state"]): KeptNote {
  return { image, at: now.toISOString(), state };
}
