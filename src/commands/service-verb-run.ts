import { HeardGossip } from "../engine/ring/heard.ts";
import { confirm } from "./confirm.ts";
import { executePlan } from "./execute.ts";
import { dryRun, requireDryRun } from "./observed-plan.ts";
import { loadSite } from "./load.ts";
import type { CommandRun } from "./model.ts";
import { openTransport } from "./open-transport.ts";
import { pauseRule } from "./pause.ts";
import { hostsOf } from "./selected-hosts.ts";
import { decideLive } from "./ring/decide.ts";
import { requireSamePlaces } from "./ring/places.ts";
import { askPlan, questionOf, type ServiceVerb, type ServiceVerbOptions } from "./service-verb.ts";
import { observeInstances } from "./status/observe.ts";
import { VM_WORD } from "./service-words.ts";
import { runVmVerb } from "./vm/verb.ts";

type Words = readonly [service: string, hosts: readonly string[]];

/**
 * `smc start | stop | restart | reload | install <service|all> [host…]`: reads the words, looks at the instances,
 * plans, and carries the plan out. The word `vm` stands for the VMs themselves. With `--dry-run` no host is asked and the plan is printed.
 */
export function serviceVerbRun(verb: ServiceVerb): CommandRun<Words, ServiceVerbOptions> {
  return async (context, service, hosts) => {
    if (service === VM_WORD) return runVmVerb(context, verb, hosts);
    requireDryRun(context, context.options);
    // Of the secrets, exactly those that the plan names must be there; executePlan sees to it before anything is touched.
    const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
    const ask = { verb, words: { service, hosts }, options: context.options, site };
    const asked = askPlan(context, ask);
    const { instances } = asked;
    if (context.global.dryRun) return dryRun(context, ask, asked);
    const question = questionOf(ask, instances);
    if (question !== undefined) await confirm(context, question);
    const transport = openTransport(context.io);
    const heard = new HeardGossip();
    try {
      const observed = await observeInstances({
        context,
        transport,
        hosts: hostsOf(context, site, instances),
      });
      const ring = await decideLive({ context, transport, heard, ask, asked, observed });
      requireSamePlaces(ask, asked, ring.ring);
      return await executePlan({
        context,
        site,
        transport,
        plan: asked.plan({ instances: observed, ...ring }),
        heard,
        pause: pauseRule(context.options),
      });
    } finally {
      await transport.close();
    }
  };
}
