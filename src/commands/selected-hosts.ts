import { dirname } from "node:path";
import type { HostTarget } from "../base/host-target.ts";
import type { Instance } from "../inventory/model.ts";
import { select } from "../inventory/selection.ts";
import { onceFor } from "../services/once.ts";
import { descriptionsOf } from "../services/registry.ts";
import {
  planInstance,
  targetOf,
  type PlannedInstance,
  type RenderingSite,
} from "../services/planners/planned-instance.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";

/** A host with how to reach it and what it should run. */
export interface SelectedHost {
  target: HostTarget;
  instances: readonly PlannedInstance[];
}

/** What rendering needs, with the overrides of the command line. */
export function renderingSite(context: CommandContext<unknown>, site: Site): RenderingSite {
  const { deployment, file, stateDirectory } = site;
  const { connectTimeout } = context.global;
  return {
    deployment,
    once: onceFor(deployment),
    descriptions: descriptionsOf(deployment),
    stateDirectory,
    siteDirectory: dirname(file),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  };
}

/** The hosts that the words and `--on` name, all without any, that smc manages. */
export function selectHosts(
  context: CommandContext<unknown>,
  site: Site,
  words: readonly string[],
): SelectedHost[] {
  const { deployment } = site;
  const { on } = context.global;
  const rendering = renderingSite(context, site);
  const byHost = Map.groupBy(deployment.instances, instance => instance.host);
  const hosts = select(deployment.hosts, [...words, ...(on === undefined ? [] : [on])]);
  return hosts
    .filter(host => host.managed)
    .map(host => ({
      target: targetOf(rendering, host),
      instances: (byHost.get(host.name) ?? []).map(instance => planInstance(rendering, instance)),
    }));
}

/** The same for chosen instances: their hosts, each with those of them that it has. */
export function hostsOf(
  context: CommandContext<unknown>,
  site: Site,
  instances: readonly Instance[],
): SelectedHost[] {
  const rendering = renderingSite(context, site);
  const byHost = Map.groupBy(instances, instance => instance.host);
  return [...byHost.values()].flatMap(group => {
    const planned = group.map(instance => planInstance(rendering, instance));
    const [first] = planned;
    return first === undefined ? [] : [{ target: first.target, instances: planned }];
  });
}
