import { batchVms } from "../../../machines/release-batches.ts";
import type { VmRequest } from "../../../machines/planners/request.ts";
import type { Vm } from "../../../machines/vm.ts";
import type { CommandContext } from "../../model.ts";
import { cutWaves, mostOf } from "../../pause.ts";
import { batchSize } from "../batch-size.ts";
import type { ImageReleaseOptions } from "./words.ts";

/** The batches of these VMs, those with a node of the ring in its waves and last; one of them ends where the run is to pause. */
export function cutBatches(
  context: CommandContext<ImageReleaseOptions>,
  vms: readonly Vm[],
  { ring }: Pick<VmRequest, "ring">,
): (readonly Vm[])[] {
  const waves = ring === undefined ? [] : [...ring.waves, ...ring.refused.map(({ host }) => [host])];
  return cutWaves(batchVms(vms, { size: batchSize(context), waves }), mostOf(context.options));
}
