import * as v from "valibot";
import type { DeploymentName } from "../../base/names.ts";
import type { Problems } from "../problems.ts";
import type { ServiceSettings } from "../model.ts";
import { commonEntries, type ServiceFormat } from "../schema/services.ts";
import { entriesOf } from "../schema/shape.ts";
import { validate } from "../schema/validate.ts";
import { get, pick, type MapValue } from "../source/value.ts";

const commonSchema = v.strictObject(commonEntries);
const COMMON_KEYS: readonly string[] = [...Object.keys(commonEntries), "hosts"];

/** An entry of a service in its two halves. */
export interface ReadEntry {
  /** What every service may say. */
  common: v.InferOutput<typeof commonSchema>;
  /** What this service knows. */
  settings: ServiceSettings;
}

interface EntryContext {
  what: string;
  format: ServiceFormat;
  problems: Problems;
  deployment: DeploymentName;
}

/** Checks the entry of a service, whole or for one host. Undefined when something in it is wrong, which is then said. */
export function readEntry(entry: MapValue, context: EntryContext): ReadEntry | undefined {
  const { format, ...place } = context;
  const keys = Object.keys(entriesOf(format.settings));
  const where = { ...place, otherKeys: COMMON_KEYS };
  const own = pick(entry, key => keys.includes(key) || !COMMON_KEYS.includes(key));
  const settings = validate(format.settings, own, where);
  // What is wrong with a key that both halves know was said in the words of the service.
  const isTold = (key: string): boolean => settings === undefined && keys.includes(key);
  const common = validate(
    commonSchema,
    pick(entry, key => key in commonEntries && !isTold(key)),
    where,
  );
  reportAlternatives(own, context);
  return common === undefined || settings === undefined
    ? undefined
    : { common, settings: settings as ServiceSettings };
}

/** A level takes the alternatives of lower ones away, so two that are left were said at the same level. */
function reportAlternatives(entry: MapValue, { format, problems, deployment }: EntryContext): void {
  for (const group of format.alternatives ?? []) {
    const [first, second] = group.filter(key => get(entry, key) !== undefined);
    if (first === undefined || second === undefined) continue;
    const at = entry.entries.get(second)?.keyAt ?? entry.at;
    problems.add({
      at,
      message: `${first} and ${second} exclude each other`,
      suggestion: "leave one out",
      deployment,
    });
  }
}
