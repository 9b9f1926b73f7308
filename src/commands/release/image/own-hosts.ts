import type { CommandContext } from "../../model.ts";

/** For questions about hosts that the release itself names: what `--on` says has chosen the VMs already, and names no more of them. */
export function forOwnHosts<Options>(context: CommandContext<Options>): CommandContext<Options> {
  return { ...context, global: { ...context.global, on: undefined } };
}
