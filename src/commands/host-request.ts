import type { PlanRequest } from "../services/planners/request.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { renderingSite } from "./selected-hosts.ts";

/** A request that is about hosts and no instance. */
export function hostRequest(context: CommandContext<unknown>, site: Site): PlanRequest {
  const { global } = context;
  return {
    ...renderingSite(context, site),
    command: context.argv,
    instances: [],
    parallel: global.rolling ? 1 : global.parallel,
    keepGoing: global.keepGoing,
    observed: new Map(),
    now: new Date(),
    timeout: global.timeout,
  };
}
