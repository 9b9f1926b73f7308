import type { Instance, SmokeTest } from "../../../inventory/model.ts";
import type { Part } from "../../../plan/sequence.ts";
import type { Vm } from "../../vm.ts";
import type { VmRequest } from "../request.ts";

/** VMs that are made anew together, or go back together. */
export interface ImageBatch {
  vms: readonly Vm[];
  /** What makes them part of the site again once they run, one part after the other. */
  settle: readonly Part[];
  /** The same for what they were before: what others have to know of it. */
  resettle: readonly Part[];
}

/** What goes where, in which order. The image of each VM is that of the request. */
export interface ImageReleaseWords {
  /** The SHA-256 of the list of checksums of each image. */
  images: ReadonlyMap<string, string>;
  /** What brings the images to the machines. */
  bring: readonly Part[];
  batches: readonly ImageBatch[];
  /** Asked after each batch; a no takes the batch back. */
  smoke: readonly SmokeTest[];
  /** When all batches are through, all tests are asked of all instances, also of those on VMs that were left as they are. */
  wholeRound: boolean;
}

/** What runs on these VMs when they are made anew: all of it but what was seen stopped. */
export function runningAfterwards(
  { instances, observed }: Pick<VmRequest, "instances" | "observed">,
  vms: readonly Vm[],
): Instance[] {
  const names = new Set(vms.map(({ name }) => name));
  return instances.filter(({ name, host }) => names.has(host) && observed.get(name)?.state !== "stopped");
}
