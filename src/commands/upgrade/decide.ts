import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "../../cassandra/ring/model.ts";
import { releaseOf } from "../../cassandra/upgrade/preflight.ts";
import { isAtLeast } from "../../cassandra/version.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { refusedByRing } from "../../services/planners/ring-refusal.ts";
import { decideUpgrade } from "../../services/planners/upgrade-waves.ts";
import { planGoBack, planUpgrade, type UpgradeWords } from "../../services/planners/upgrade.ts";
import { cutWaves, mostOf } from "../pause.ts";
import { ruleFor } from "../ring/options.ts";
import { renderingSite } from "../selected-hosts.ts";
import type { Going, Switch, SwitchWish, UpgradeAsk } from "./model.ts";

/** What is to be decided upon. */
interface Question {
  wish: SwitchWish;
  ring: ObservedRing;
  going: Going;
}

/** Decides in which waves nodes go, and plans it. Throws an OperatorError (exit 3) for nodes that the ring cannot spare. */
export function decide(ask: UpgradeAsk, { wish, ring, going }: Question): Switch {
  const { context, site } = ask;
  const { global, options } = context;
  const width = global.parallel === true ? Infinity : (global.parallel ?? 1);
  const decision = decideUpgrade(
    ruleFor(ring, options, site.deployment),
    { up: hostsWhere(going, node => !node.down), down: hostsWhere(going, node => node.down) },
    global.rolling ? 1 : width,
  );
  if (decision.refused.length > 0) throw refusedByRing(decision, { verb: "upgrade", service: "cassandra" });
  const ringDecision = { ...decision, waves: cutWaves(decision.waves, mostOf(options)) };
  const request: PlanRequest = {
    ...renderingSite(context, site),
    command: context.argv,
    instances: nodesOf(site.deployment).filter(({ host }) => going.has(host)),
    parallel: global.rolling ? 1 : global.parallel,
    keepGoing: false,
    observed: new Map(),
    ring: ringDecision,
    now: new Date(),
    timeout: global.timeout,
  };
  const words = wordsOf(wish, ring, going);
  const plan = wish.direction === "up" ? planUpgrade(request, words) : planGoBack(request, words);
  return { wish, ring: ringDecision, words, request, plan };
}

function wordsOf({ to }: SwitchWish, ring: ObservedRing, going: Going): UpgradeWords {
  const releases = ring.nodes.flatMap(node => {
    const release = going.get(node.host)?.from ?? releaseOf(node);
    return release === undefined ? [] : [[node.host, release] as const];
  });
  const beforeFive = releases.some(([, release]) => !isAtLeast(release, "5.0"));
  const down = new Set(hostsWhere(going, node => node.down));
  return { from: new Map(releases), to, beforeFive, down };
}

function hostsWhere(going: Going, which: (node: { down: boolean }) => boolean): HostName[] {
  return [...going].filter(([, node]) => which(node)).map(([host]) => host);
}
