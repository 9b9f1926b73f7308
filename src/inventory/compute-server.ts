import type { HostName } from "../base/names.ts";
import type { Deployment } from "./model.ts";

/** A host that runs nothing but what strangers write: it is trusted with nothing. */
export function isComputeServer(name: HostName, { instances }: Pick<Deployment, "instances">): boolean {
  const services = instances.filter(({ host }) => host === name).map(({ service }) => service);
  return services.length > 0 && services.every(service => service === "compute");
}
