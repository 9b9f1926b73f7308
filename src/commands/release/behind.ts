import type { ServiceName } from "../../base/names.ts";
import type { Instance } from "../../inventory/model.ts";
import { planInstance } from "../../services/planners/planned-instance.ts";
import type { Behind } from "../../services/release/batches.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";

/** All instances of these services, also those that the command does not name: they serve while others go. */
export function instancesOfServices({ deployment }: Site, services: readonly ServiceName[]): Instance[] {
  return deployment.instances.filter(({ service }) => services.includes(service));
}

/** What stands behind each proxy of these services. */
export function behindProxies(
  { context, site }: { context: CommandContext<unknown>; site: Site },
  services: readonly ServiceName[],
): Behind[] {
  const rendering = renderingSite(context, site);
  const servers = instancesOfServices(site, services).map(instance => planInstance(rendering, instance));
  const pairs = servers.flatMap(({ instance, rendered }) =>
    (rendered.traffic ?? []).map(({ proxy }) => ({ proxy, instance })),
  );
  const groups = Map.groupBy(pairs, ({ proxy, instance }) => `${proxy} ${instance.service}`);
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const names = new Set(group.map(({ instance }) => instance.name));
    return [{ proxy: first.proxy, service: first.instance.service, servers: names }];
  });
}
