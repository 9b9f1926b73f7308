import type { SiteView } from "../../src/firewall/rules.ts";
import type { Deployment } from "../../src/inventory/model.ts";
import { onceFor } from "../../src/services/once.ts";
import { planInstance } from "../../src/services/planners/planned-instance.ts";
import { descriptionsOf } from "../../src/services/registry.ts";
import { deploymentOf, type SiteWords } from "../services/support.ts";

/** A site as the rules of the firewall see it. */
export function viewOf(words: SiteWords): SiteView {
  const deployment = withPorts(deploymentOf(words));
  const site = {
    deployment,
    once: onceFor(deployment),
    descriptions: descriptionsOf(deployment),
    stateDirectory: "/state",
    siteDirectory: "/site",
  };
  return { deployment, planned: deployment.instances.map(instance => planInstance(site, instance)) };
}

/** The ports of each instance by name, as the inventory gives them. */
function withPorts(deployment: Deployment): Deployment {
  const descriptions = descriptionsOf(deployment);
  const instances = deployment.instances.map(instance => {
    const ports = descriptions.get(instance.service)?.ports?.(deployment.ports, instance);
    return ports === undefined ? instance : { ...instance, ports };
  });
  return { ...deployment, instances };
}
