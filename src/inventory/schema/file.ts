import * as v from "valibot";
import { SHARED_KEYS, deploymentEntries, portsSchema, vpnSchema } from "./site.ts";
import { machineSchema, vmDefaults, vmSchema } from "./hosts.ts";
import { text } from "./leaves.ts";
import { commonEntries, type ServiceFormat, type ServiceFormats } from "./services.ts";
import { entriesOf } from "./shape.ts";

/** The version of the format that this smc reads. */
export const FILE_VERSION = 1;

/**
 * The schema of the whole file, put together from those that check its parts once they are merged. In the file nothing
 * but a few keys must be said in one place, since defaults and other entries can say it too.
 */
export function fileSchema(formats: ServiceFormats) {
  const defaults = v.objectWithRest(defaultsEntries(formats), customService(formats.custom));
  const shared = {
    vars: v.optional(v.record(text, v.unknown())),
    defaults: v.optional(defaults),
    ports: v.optional(portsSchema),
    vpn: v.optional(vpnSchema),
    machines: v.optional(v.record(text, loose(machineSchema.entries))),
  };
  const deployment = v.strictObject({
    ...optional(deploymentEntries),
    ...shared,
    vms: v.optional(v.record(text, loose(vmEntries))),
    services: v.optional(v.objectWithRest(servicesEntries(formats), customService(formats.custom))),
  });
  return v.strictObject({
    smc: v.literal(FILE_VERSION),
    default: v.optional(text),
    ...shared,
    deployments: v.record(text, deployment),
  });
}

/** Where each VM is: a machine, or machines by the ranges of VMs on them. */
const vmEntries = { ...vmSchema.entries, at: v.union([text, v.record(text, text)]) };

/** The keys of `defaults:` that smc knows; others belong to services of the site's own. */
export function defaultsEntries(formats: ServiceFormats): v.ObjectEntries {
  const shared = Object.fromEntries(SHARED_KEYS.map(key => [key, deploymentEntries[key]]));
  return {
    ...optional(shared),
    vm: v.optional(loose(vmDefaults)),
    ...servicesEntries(formats),
  };
}

function servicesEntries({ known }: ServiceFormats): v.ObjectEntries {
  return Object.fromEntries(
    Object.entries(known).map(([name, format]) => [name, v.nullish(serviceEntry(format))]),
  );
}

/** The entry of a service: settings, what every service may say, and the same again for single hosts. */
export function serviceEntry(format: ServiceFormat) {
  const entries = { ...commonEntries, ...entriesOf(format.settings) };
  return v.strictObject({
    ...optional(entries),
    hosts: v.optional(v.record(text, v.nullish(loose(entries)))),
  });
}

function customService(format: ServiceFormat) {
  return serviceEntry(format);
}

/** An object of which nothing must be said. */
function loose(entries: v.ObjectEntries) {
  return v.strictObject(optional(entries));
}

function optional(entries: v.ObjectEntries): v.ObjectEntries {
  return Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [
      key,
      isOptional(entry) ? entry : v.optional(entry as v.GenericSchema),
    ]),
  );
}

function isOptional(entry: v.ObjectEntries[string]): boolean {
  return entry.type === "optional";
}
