import type { LegacyInstance } from "../model.ts";
import { translateCassandra } from "./cassandra.ts";
import type { InstanceDraft, Translate, TranslateContext } from "./context.ts";
import { translateHaproxy, translateNginx, translateStunnel } from "./front.ts";
import { OptionReader } from "./options.ts";
import { translateCompute, translateHub, translateOther, translateSnap } from "./programs.ts";

const TRANSLATIONS: ReadonlyMap<string, Translate> = new Map([
  ["cassandra", translateCassandra],
  ["hub", translateHub],
  ["snap", translateSnap],
  ["compute", translateCompute],
  ["haproxy", translateHaproxy],
  ["nginx", translateNginx],
  ["stunnel", translateStunnel],
]);

/** Whether smc has a service of that name, so that its entry needs no command. */
export function isKnownService(service: string): boolean {
  return TRANSLATIONS.has(service);
}

/** Turns one instance of the old file into settings. Options that have no place are noted. */
export function translateInstance(instance: LegacyInstance, context: TranslateContext): InstanceDraft {
  const { service, host, id } = instance;
  const options = new OptionReader(instance, context.problems);
  const translate = TRANSLATIONS.get(service) ?? translateOther;
  const draft = translate(options, instance, context);
  options.dropLeft(service, { host: host.name, notes: context.notes });
  return { host: host.name, id, ...draft };
}
