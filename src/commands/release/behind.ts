import type { InstanceName, ServiceName } from "../../base/names.ts";
import type { Instance } from "../../inventory/model.ts";
import { proxiesInFrontOf } from "../../services/haproxy/backends.ts";
import { instanceContext, planInstance } from "../../services/planners/planned-instance.ts";
import type { Behind } from "../../services/release/batches.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";

/** All instances of these services, also those that the command does not name: they serve while others go. */
export function instancesOfServices({ deployment }: Site, services: readonly ServiceName[]): Instance[] {
  return deployment.instances.filter(({ service }) => services.includes(service));
}

interface BehindAsk {
  context: CommandContext<unknown>;
  site: Site;
}

/** What is behind each proxy of these services, where one can stand in for another: haproxy holds requests while its only server restarts. */
export function behindProxies({ context, site }: BehindAsk, services: readonly ServiceName[]): Behind[] {
  const rendering = renderingSite(context, site);
  return groupsOf(instancesOfServices(site, services), instance =>
    (planInstance(rendering, instance).rendered.traffic ?? []).map(({ proxy }) => proxy),
  );
}

/** What is behind each proxy of these services, also where it is one alone: nobody holds requests for minutes. */
export function allBehindProxies({ context, site }: BehindAsk, services: readonly ServiceName[]): Behind[] {
  const rendering = renderingSite(context, site);
  return groupsOf(instancesOfServices(site, services), instance =>
    proxiesInFrontOf(instanceContext(rendering, instance)).map(({ name }) => name),
  );
}

function groupsOf(
  servers: readonly Instance[],
  proxiesOf: (instance: Instance) => readonly InstanceName[],
): Behind[] {
  const pairs = servers.flatMap(instance => proxiesOf(instance).map(proxy => ({ proxy, instance })));
  const groups = Map.groupBy(pairs, ({ proxy, instance }) => `${proxy} ${instance.service}`);
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const names = new Set(group.map(({ instance }) => instance.name));
    return [{ proxy: first.proxy, service: first.instance.service, servers: names }];
  });
}
