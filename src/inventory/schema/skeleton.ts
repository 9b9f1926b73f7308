import * as v from "valibot";
import type { BuildContext } from "../build/context.ts";
import { asMap, get, type MapValue } from "../source/value.ts";
import { Substitution } from "../source/substitute.ts";
import { defaultsSchema, fileSchema } from "./file.ts";
import { name as nameSchema } from "./leaves.ts";
import { entriesOf } from "./shape.ts";
import { validate } from "./validate.ts";

const SECTIONS = ["vars", "defaults", "ports", "vpn", "images", "machines", "vms", "services", "deployments"];

/**
 * Checks what no merging reaches: the keys of the file and of its deployments, and `defaults:`, of which a part may be
 * used by nobody. What is merged is checked as it is used.
 */
export function checkSkeleton(root: MapValue, context: BuildContext): void {
  const { problems, formats } = context;
  const file = fileSchema(formats);
  validate(keysOnly(file.entries), root, { problems, what: "the services file" });
  checkSections(root, context);
  const services = new Set<string>();
  const deployments = asMap(get(root, "deployments"));
  for (const [deployment, { keyAt, value }] of deployments?.entries ?? []) {
    const named = v.safeParse(nameSchema, deployment);
    if (!named.success) problems.add({ at: keyAt, message: `"${deployment}": ${named.issues[0].message}` });
    const block = asMap(value);
    if (block === undefined) continue;
    checkSections(block, context);
    validate(keysOnly(entriesOf(file.entries.deployments.value)), block, { problems, what: deployment });
    for (const service of asMap(get(block, "services"))?.entries.keys() ?? []) services.add(service);
  }
  const blocks = [root, ...(deployments?.entries.values() ?? [])].map(found =>
    "value" in found ? found.value : found,
  );
  for (const block of blocks)
    checkDefaults(asMap(get(block, "defaults")), { services, vars: varsOf(root, block), context });
}

/** What is no mapping here is read by nobody. */
function checkSections(block: MapValue, { problems }: BuildContext): void {
  for (const section of SECTIONS) {
    const value = get(block, section);
    if (value === undefined || asMap(value) !== undefined) continue;
    problems.add({ at: value.at, message: `"${section}" must have keys of its own` });
  }
}

function varsOf(root: MapValue, block: Parameters<typeof get>[0]): MapValue | undefined {
  const own = asMap(get(block, "vars"));
  const common = asMap(get(root, "vars"));
  if (own === undefined || common === undefined) return own ?? common;
  return { ...own, entries: new Map([...common.entries, ...own.entries]) };
}

interface DefaultsCheck {
  /** Names of services that some deployment has. */
  services: ReadonlySet<string>;
  vars: MapValue | undefined;
  context: BuildContext;
}

function checkDefaults(defaults: MapValue | undefined, { services, vars, context }: DefaultsCheck): void {
  if (defaults === undefined) return;
  const { problems, formats } = context;
  const custom = [...services].filter(service => !Object.hasOwn(formats.known, service));
  const filled = new Substitution(vars, context).fill(defaults);
  validate(defaultsSchema(formats, custom), filled, { problems, what: "defaults" });
}

function keysOnly(entries: v.ObjectEntries): v.GenericSchema {
  const any = Object.entries(entries).map(
    ([key, { type }]) => [key, type === "optional" ? v.optional(v.unknown()) : v.unknown()] as const,
  );
  return v.strictObject(Object.fromEntries(any));
}
