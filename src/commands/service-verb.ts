import type { HostName, InstanceName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { ObservedRing } from "../cassandra/ring/model.ts";
import type { Instance } from "../inventory/model.ts";
import type { Plan } from "../plan/model.ts";
import { nodesOf } from "../services/cassandra/ring.ts";
import { planInstall } from "../services/planners/plan-install.ts";
import { planReload } from "../services/planners/reload.ts";
import type { ObservedInstance, PlanRequest } from "../services/planners/request.ts";
import { planRestart } from "../services/planners/restart.ts";
import { decideRestart, decideStop, type RingDecision } from "../services/planners/ring-rule.ts";
import { planStart } from "../services/planners/start.ts";
import { planStop } from "../services/planners/stop.ts";
import type { Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { cutWaves, mostOf, type PauseOptions } from "./pause.ts";
import { ruleFor, type RingOptions } from "./ring/options.ts";
import { renderingSite } from "./selected-hosts.ts";
import { selectInstances, type ServiceWords } from "./service-words.ts";

/** The verbs that act on services, in the words of the command line. */
export type ServiceVerb = "install" | "start" | "stop" | "restart" | "reload";

/** Options of single verbs. */
export interface ServiceVerbOptions extends RingOptions, PauseOptions {
  /** `stop` and `restart`: even where clients would be refused. */
  allowLoss?: boolean;
  /** `stop` and `restart` of VMs: the power of one that does not shut down is cut. */
  force?: boolean;
}

const planners: Readonly<Record<ServiceVerb, (request: PlanRequest, options: ServiceVerbOptions) => Plan>> = {
  install: planInstall,
  start: planStart,
  stop: (request, options) => planStop(request, { allowLoss: options.allowLoss === true }),
  restart: (request, options) => planRestart(request, { allowLoss: options.allowLoss === true }),
  reload: planReload,
};

/** A verb with its words, and the site that they are about. */
export interface ServiceAsk {
  verb: ServiceVerb;
  words: ServiceWords;
  options: ServiceVerbOptions;
  site: Site;
}

/** What was seen before a verb is planned. */
interface Seen {
  instances: ReadonlyMap<InstanceName, ObservedInstance>;
  ring?: RingDecision;
}

/** The instances that the words name, and the plan for them with what was observed. */
export interface AskedPlan {
  instances: readonly Instance[];
  /** The hosts whose ring nodes the verb would take away; none for verbs that take nothing away. */
  ringHosts: readonly HostName[];
  /** Which of these nodes may go together. Throws an OperatorError for options that make no sense, and where nothing may go. */
  decide(ring: ObservedRing): RingDecision;
  plan(seen: Seen): Plan;
}

/** Reads the words of a verb against the site: who is meant, and how to plan it once they were looked at. */
export function askPlan(context: CommandContext<unknown>, ask: ServiceAsk): AskedPlan {
  const { site, verb, options } = ask;
  const { global } = context;
  const instances = selectInstances(site.deployment, ask.words, global.on);
  refuseForce(ask);
  const request: Omit<PlanRequest, "observed"> = {
    ...renderingSite(context, site),
    command: context.argv,
    instances,
    parallel: parallelOf(context),
    keepGoing: global.keepGoing,
    now: new Date(),
    timeout: global.timeout,
  };
  return {
    instances,
    ...askRing(context, ask, instances),
    plan: ({ instances: observed, ring }) =>
      planners[verb]({ ...request, observed, ...(ring === undefined ? {} : { ring }) }, options),
  };
}

/**
 * What a verb means for the ring: whose nodes it takes away, and the rule for them. Throws an OperatorError (exit 2) for options
 * about a ring that it leaves alone.
 */
export function askRing(
  context: CommandContext<unknown>,
  ask: ServiceAsk,
  instances: readonly Instance[],
): Pick<AskedPlan, "ringHosts" | "decide"> {
  const { verb, options, site } = ask;
  const ringHosts = ringHostsOf(ask, instances);
  refuseRingOptions(ask, ringHosts);
  const parallel = parallelOf(context);
  return {
    ringHosts,
    decide: ring => {
      const rule = ruleFor(ring, options, site.deployment);
      if (verb === "stop") return decideStop(rule, ringHosts);
      const decision = decideRestart(rule, ringHosts, parallel === true ? Infinity : (parallel ?? 1));
      return { ...decision, waves: cutWaves(decision.waves, mostOf(options)) };
    },
  };
}

function parallelOf({ global }: CommandContext<unknown>): number | true | undefined {
  return global.rolling ? 1 : global.parallel;
}

function refuseForce({ verb, words, options }: ServiceAsk): void {
  if (options.force !== true) return;
  throw new OperatorError(`--force cuts the power of VMs: smc ${verb} ${words.service} is about a service`, {
    code: "USAGE",
    hint: "leave it out; --allow-loss is for what clients would notice",
  });
}

/** The question before a verb that clients of the whole service would notice; undefined where none is asked. */
export function questionOf(ask: ServiceAsk, instances: readonly Instance[]): string | undefined {
  if (ask.verb !== "stop" && ask.verb !== "restart") return undefined;
  if (instances.length === 1) return undefined;
  const services = [...new Set(instances.map(instance => instance.service))];
  const what = `${instances.length} instances of ${services.join(", ")}`;
  return `${ask.verb} ${what} in ${ask.site.deployment.name}?`;
}

function ringHostsOf({ site, verb }: ServiceAsk, instances: readonly Instance[]): HostName[] {
  if (verb !== "stop" && verb !== "restart") return [];
  const nodes = new Set(nodesOf(site.deployment).map(({ name }) => name));
  return instances.filter(({ name }) => nodes.has(name)).map(({ host }) => host);
}

/** An option about the ring that would say nothing is a misunderstanding. */
function refuseRingOptions({ verb, words, options }: ServiceAsk, ringHosts: readonly HostName[]): void {
  const { observed, consistency, maxDown } = options;
  const given = Object.entries({
    "--observed": observed,
    "--consistency": consistency,
    "--max-down": maxDown,
  });
  const [first] = given.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (first === undefined || ringHosts.length > 0) return;
  throw new OperatorError(
    `${first} is about the nodes of the ring: smc ${verb} ${words.service} takes none away`,
    {
      code: "USAGE",
      hint: `leave it out, or name the service: smc restart cassandra ${first} …`,
    },
  );
}
