import type { InstanceName } from "../base/names.ts";
import type { Instance } from "../inventory/model.ts";
import type { Plan } from "../plan/model.ts";
import { planInstall } from "../services/planners/plan-install.ts";
import { planReload } from "../services/planners/reload.ts";
import type { ObservedInstance, PlanRequest } from "../services/planners/request.ts";
import { planRestart } from "../services/planners/restart.ts";
import { planStart } from "../services/planners/start.ts";
import { planStop } from "../services/planners/stop.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { renderingSite } from "./selected-hosts.ts";
import { selectInstances, type ServiceWords } from "./service-words.ts";

/** The verbs that act on services, in the words of the command line. */
export type ServiceVerb = "install" | "start" | "stop" | "restart" | "reload";

/** Options of single verbs. */
export interface ServiceVerbOptions {
  /** `stop`: even where clients would be refused. */
  allowLoss?: boolean;
}

const planners: Readonly<Record<ServiceVerb, (request: PlanRequest, options: ServiceVerbOptions) => Plan>> = {
  install: planInstall,
  start: planStart,
  stop: (request, options) => planStop(request, { allowLoss: options.allowLoss === true }),
  restart: planRestart,
  reload: planReload,
};

/** A verb with its words, and the site that they are about. */
export interface ServiceAsk {
  verb: ServiceVerb;
  words: ServiceWords;
  options: ServiceVerbOptions;
  site: Site;
}

/** The instances that the words name, and the plan for them with what was observed. */
export interface AskedPlan {
  instances: readonly Instance[];
  plan(observed: ReadonlyMap<InstanceName, ObservedInstance>): Plan;
}

/** Reads the words of a verb against the site: who is meant, and how to plan it once they were looked at. */
export function askPlan(context: CommandContext<unknown>, ask: ServiceAsk): AskedPlan {
  const { site, verb } = ask;
  const { global } = context;
  const instances = selectInstances(site.deployment, ask.words, global.on);
  const request: Omit<PlanRequest, "observed"> = {
    ...renderingSite(context, site),
    command: context.argv,
    instances,
    parallel: global.rolling ? 1 : global.parallel,
    keepGoing: global.keepGoing,
    now: new Date(),
    timeout: global.timeout,
  };
  return { instances, plan: observed => planners[verb]({ ...request, observed }, ask.options) };
}

/** The question before a verb that clients of the whole service would notice; undefined where none is asked. */
export function questionOf(ask: ServiceAsk, instances: readonly Instance[]): string | undefined {
  if (ask.verb !== "stop" && ask.verb !== "restart") return undefined;
  if (instances.length === 1) return undefined;
  const services = [...new Set(instances.map(instance => instance.service))];
  const what = `${instances.length} instances of ${services.join(", ")}`;
  return `${ask.verb} ${what} in ${ask.site.deployment.name}?`;
}
