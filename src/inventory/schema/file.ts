import * as v from "valibot";
import { SHARED_KEYS, deploymentEntries, portsSchema, vpnSchema } from "./site.ts";
import { imagesSchema } from "./images.ts";
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
  return fileSchemaOf(definitionsOf(formats));
}

/** The parts that are in the file more than once, by the name that a JSON schema refers to them with. */
export function definitionsOf({ known, custom }: ServiceFormats) {
  const services = Object.entries(known).map(([name, format]) => [name, serviceEntry(format)] as const);
  return {
    machine: loose(machineSchema.entries),
    ports: portsSchema,
    vpn: vpnSchema,
    vmDefaults: loose(vmDefaults),
    services: Object.fromEntries(services),
    custom: serviceEntry(custom),
  };
}

export function fileSchemaOf(parts: ReturnType<typeof definitionsOf>) {
  const known = Object.fromEntries(
    Object.entries(parts.services).map(([name, entry]) => [name, v.nullish(entry)]),
  );
  const shared = {
    vars: v.optional(v.record(text, v.unknown())),
    defaults: v.optional(v.objectWithRest({ ...defaultsEntries(parts), ...known }, parts.custom)),
    ports: v.optional(parts.ports),
    vpn: v.optional(parts.vpn),
    machines: v.optional(v.record(text, parts.machine)),
  };
  const deployment = v.strictObject({
    ...optional(deploymentEntries),
    ...shared,
    vms: v.optional(v.record(text, loose(vmEntries))),
    services: v.optional(v.objectWithRest(known, parts.custom)),
  });
  return v.strictObject({
    smc: v.literal(FILE_VERSION),
    default: v.optional(text),
    images: v.optional(imagesSchema),
    ...shared,
    deployments: v.record(text, deployment),
  });
}

/** Where each VM is: a machine, or machines by the ranges of VMs on them. */
const vmEntries = { ...vmSchema.entries, at: v.union([text, v.record(text, text)]) };

/** The keys of `defaults:` beside those of services. */
function defaultsEntries({
  vmDefaults: vm,
}: Pick<ReturnType<typeof definitionsOf>, "vmDefaults">): v.ObjectEntries {
  const shared = Object.fromEntries(SHARED_KEYS.map(key => [key, deploymentEntries[key]]));
  return { ...optional(shared), vm: v.optional(vm) };
}

/** The entry of a service: settings, what every service may say, and the same again for single hosts. */
function serviceEntry(format: ServiceFormat) {
  const entries = { ...commonEntries, ...entriesOf(format.settings) };
  return v.strictObject({
    ...optional(entries),
    hosts: v.optional(v.record(text, v.nullish(loose(entries)))),
  });
}

/** What `defaults:` may say, with services of the site's own by their names. */
export function defaultsSchema(formats: ServiceFormats, own: readonly string[]) {
  const parts = definitionsOf(formats);
  const custom = own.map(name => [name, v.nullish(parts.custom)] as const);
  const known = Object.entries(parts.services).map(([name, entry]) => [name, v.nullish(entry)] as const);
  return v.strictObject({ ...defaultsEntries(parts), ...Object.fromEntries([...custom, ...known]) });
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
