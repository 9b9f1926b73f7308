import { foldNames } from "../../../base/host-ranges.ts";
import { imageOfPath } from "../../../machines/places.ts";
import type { Vm } from "../../../machines/vm.ts";
import type { PlannedImages } from "./model.ts";

interface Way {
  vm: Vm;
  from: string;
  /** Undefined where what is kept aside is discarded. */
  to: string | undefined;
}

/** What is to come, for people: which VMs go from which image to which. */
export function describeImages(planned: PlannedImages): string {
  const { chosen, decision } = planned;
  const going = new Set(decision.changes.flatMap(({ name }) => chosen?.ofVm.get(name) ?? []));
  const pinned = [...(chosen?.sums ?? [])].filter(([image]) => going.has(image));
  const ways = Map.groupBy(waysOf(planned), ({ from, to }) =>
    to === undefined ? `${from}, kept aside, is removed` : `${from} → ${to}`,
  );
  const rest = planned.way === "anew" ? foldNames(decision.unchanged.map(({ name }) => name)) : "";
  return [
    ...pinned.map(([image, sum]) => `${image}: SHA-256 of its checksums ${sum}`),
    ...[...ways].map(([way, group]) => `${way} on ${foldNames(group.map(({ vm }) => vm.name))}`),
    ...(rest === "" ? [] : [`as it is to be on ${rest}`]),
    "",
  ].join("\n");
}

/** The same for scripts. */
export function imagesToJson(planned: PlannedImages): object {
  return {
    images: [...(planned.chosen?.sums ?? [])].map(([name, sums]) => ({ name, sums })),
    changes: waysOf(planned).map(({ vm, from, to }) => ({ vm: vm.name, machine: vm.machine.name, from, to })),
    unchanged: planned.decision.unchanged.map(({ name }) => name),
  };
}

function waysOf({ way, machines, chosen, decision }: PlannedImages): Way[] {
  return decision.changes.map(vm => {
    const seen = machines.get(vm.machine.name);
    const system = seen !== undefined && "vms" in seen ? seen.vms.get(vm.name) : undefined;
    const [now = "", before = ""] = [system?.overlay, system?.kept].map(overlay =>
      overlay === undefined ? "nothing" : (imageOfPath(overlay.base) ?? overlay.base),
    );
    if (way === "anew") return { vm, from: now, to: chosen?.ofVm.get(vm.name) };
    return way === "back" ? { vm, from: now, to: before } : { vm, from: before, to: undefined };
  });
}
