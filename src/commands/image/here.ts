import { join } from "node:path";
import type { HostTarget } from "../../base/host-target.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";

/** This machine, as a host of a plan. */
export const HERE: HostTarget = {
  name: "here",
  kind: "local",
  address: "127.0.0.1",
  port: 22,
  user: "",
  connectTimeout: 10_000,
  hostKeys: "strict",
};

/** Where the images that were built here are. */
export function imagesHere({ stateDirectory }: Pick<Site, "stateDirectory">): string {
  return join(stateDirectory, "images");
}

/** A request about images: no instance is meant. */
export function imageRequest(context: CommandContext<unknown>, site: Site): PlanRequest {
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
