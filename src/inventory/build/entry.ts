import * as v from "valibot";
import type { Problems } from "../problems.ts";
import type { ServiceSettings } from "../model.ts";
import { commonEntries, type ServiceFormat } from "../schema/services.ts";
import { entriesOf } from "../schema/shape.ts";
import { validate } from "../schema/validate.ts";
import { pick, type MapValue } from "../source/value.ts";

const commonSchema = v.strictObject(commonEntries);
export const COMMON_KEYS: readonly string[] = [...Object.keys(commonEntries), "hosts"];

/** An entry of a service in its two halves. */
export interface ReadEntry {
  /** What every service may say. */
  common: v.InferOutput<typeof commonSchema>;
  /** What this service knows. */
  settings: ServiceSettings;
}

/** Checks the entry of a service, whole or for one host. Undefined when something in it is wrong, which is then said. */
export function readEntry(
  entry: MapValue,
  {
    what,
    format,
    problems,
    deployment,
  }: { what: string; format: ServiceFormat; problems: Problems; deployment: string },
): ReadEntry | undefined {
  const keys = Object.keys(entriesOf(format.settings));
  const where = { problems, what, deployment, otherKeys: COMMON_KEYS };
  const common = validate(
    commonSchema,
    pick(entry, key => key in commonEntries),
    where,
  );
  const own = pick(entry, key => keys.includes(key) || !COMMON_KEYS.includes(key));
  const settings = validate(format.settings, own, where);
  return common === undefined || settings === undefined
    ? undefined
    : { common, settings: settings as ServiceSettings };
}
