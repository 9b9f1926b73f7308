import { counted } from "../../../base/counted.ts";
import { ExitCode } from "../../../base/exit-code.ts";
import type { HostName, InstanceName, ServiceName } from "../../../base/names.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import type { Instance } from "../../../inventory/model.ts";
import { nodesOf } from "../../../services/cassandra/ring.ts";
import { planPackages } from "../../../services/planners/release/packages.ts";
import { isDown } from "../../../services/planners/release/packages-smoke.ts";
import type { ObservedInstance } from "../../../services/planners/request.ts";
import {
  type Apart,
  batchesOfHosts,
  emptiedByHosts,
  keptApart,
  togetherInWaves,
} from "../../../services/release/packages/batches.ts";
import { decidePackages, type HostChanges, type Pins } from "../../../services/release/packages/decide.ts";
import type { Behind } from "../../../services/release/batches.ts";
import { askedTests } from "../../../services/smoke.ts";
import { hostRequest } from "../../host-request.ts";
import { cutWaves, mostOf } from "../../pause.ts";
import { hostsOf } from "../../selected-hosts.ts";
import { observeInstances } from "../../status/observe.ts";
import { batchSize } from "../batch-size.ts";
import { behindProxies, instancesOfServices } from "../behind.ts";
import { lookAtPackages } from "./look.ts";
import type { PackagesAsk, PlannedPackages } from "./model.ts";
import { decideRing } from "./ring.ts";
import { writtenTo } from "./words.ts";

/** Looks at all hosts and plans. Throws an OperatorError (exit 3) with all that speaks against it. */
export async function preparePackages(ask: PackagesAsk, pins?: Pins): Promise<PlannedPackages> {
  const { context, site, wish } = ask;
  const size = batchSize(context);
  const decision = decidePackages(await lookAtPackages(ask, pins), pins);
  // Before the ring is asked: what speaks against it already is told at once.
  refuse(decision.problems);
  requireSomewhere(ask, decision.absentEverywhere);
  const { deployment } = site;
  const services = servicesConcerned(ask, decision.changes);
  const observed = await observeInstances({
    ...ask,
    hosts: hostsOf(context, site, instancesOfServices(site, services)),
  });
  const cut = cutHosts(ask, decision.changes, { observed, size });
  const untested = wish.kind === "back" ? [] : testsOfNobody(ask, observed);
  const wantsOut = writtenTo(wish) !== undefined;
  const ring = await decideRing(ask, cut.ring, { observed, size, before: cut.batches.flat().length });
  const order = [...cut.batches.map(batch => batch.map(({ host }) => host)), ...(ring?.waves ?? [])];
  refuse([
    ...unseen(decision.changes, deployment.instances, observed),
    ...(context.options.allowLoss === true
      ? []
      : emptied(ask, order, { observed, waves: ring?.waves ?? [] })),
    // What is written down says that all of them held.
    ...(wantsOut ? untested.map(({ note }) => note) : []),
  ]);
  const direction = wish.kind === "back" ? "back" : "forward";
  const plan = planPackages(
    { ...hostRequest(context, site), observed, ...(ring === undefined ? {} : { ring }) },
    {
      ...cut,
      direction,
      // What takes a version back must not be kept from it by a test that only a newer one passes.
      smoke: direction === "back" ? [] : (deployment.smoke ?? []),
      wholeRound: wantsOut,
      restartAll: context.options.restartAll === true,
      allowLoss: context.options.allowLoss === true,
    },
  );
  return { direction, decision: { ...decision, notes: [...decision.notes, ...untested] }, plan };
}

/** Throws an OperatorError (exit 2) for a package that was named and that no host has. */
function requireSomewhere({ hosts }: PackagesAsk, absent: readonly string[]): void {
  if (absent.length === 0) return;
  throw new OperatorError(`none of ${counted(hosts.length, "host")} has ${absent.join(", ")} installed`, {
    code: "PACKAGE_UNKNOWN",
    hint: "smc run -- dpkg-query -W 'NAME*'  shows what hosts have",
  });
}

/** Smoke tests of services of which no instance runs, by the hosts that have one. */
function testsOfNobody(
  { site: { deployment } }: PackagesAsk,
  observed: Observed,
): { host: HostName; note: string }[] {
  return askedTests(deployment).flatMap(({ name, of }) => {
    const instances = deployment.instances.filter(({ service }) => service === of);
    if (instances.some(instance => !isDown(observed.get(instance.name)?.state))) return [];
    const note = `the smoke test "${name}" is asked of nobody: no instance of ${of} runs`;
    return instances.map(({ host }) => ({ host, note }));
  });
}

/**
 * Those of which an instance is on one of these hosts, since all that stands behind a proxy with it serves while others go, and those
 * that smoke tests are asked of.
 */
function servicesConcerned({ site }: PackagesAsk, changes: readonly HostChanges[]): ServiceName[] {
  const going = new Set(changes.map(({ host }) => host));
  const there = site.deployment.instances.filter(({ host }) => going.has(host));
  const tested = (site.deployment.smoke ?? []).map(({ of }) => of);
  return [...new Set([...there.map(({ service }) => service), ...tested])];
}

type Observed = ReadonlyMap<InstanceName, ObservedInstance>;

/** Hosts with a running node of the ring go in its waves, all others in batches. */
function cutHosts(
  ask: PackagesAsk,
  changes: readonly HostChanges[],
  { observed, size }: { observed: Observed; size: number },
): { batches: (readonly HostChanges[])[]; ring: HostChanges[] } {
  const { context, site } = ask;
  const { instances, hosts } = site.deployment;
  const nodes = hostsOfRunning(nodesOf(site.deployment), observed);
  const batches = batchesOfHosts(
    changes.filter(({ host }) => !nodes.has(host)),
    {
      size,
      running: hostsOfRunning(instances, observed),
      carriers: new Set([...hosts.values()].flatMap(({ vm }) => vm?.machine ?? [])),
      apart: apartOf(ask, observed),
    },
  );
  return {
    batches: cutWaves(batches, mostOf(context.options)),
    ring: changes.filter(({ host }) => nodes.has(host)),
  };
}

function apartOf(ask: PackagesAsk, observed: Observed): Apart {
  const { instances } = ask.site.deployment;
  return keptApart(behindAll(ask), runningHosts(instances, observed));
}

function behindAll(ask: PackagesAsk): Behind[] {
  return behindProxies(ask, [...new Set(ask.site.deployment.instances.map(({ service }) => service))]);
}

function runningHosts(
  instances: readonly Instance[],
  observed: Observed,
): ReadonlyMap<InstanceName, HostName> {
  return new Map(
    instances.flatMap(({ name, host }) => (observed.get(name)?.state === "running" ? [[name, host]] : [])),
  );
}

function hostsOfRunning(instances: readonly Instance[], observed: Observed): Set<HostName> {
  return new Set(
    instances.filter(({ name }) => observed.get(name)?.state === "running").map(({ host }) => host),
  );
}

function refuse(details: readonly string[]): void {
  if (details.length === 0) return;
  throw new OperatorError("the packages cannot be released: no package was touched", {
    code: "RELEASE_REFUSED",
    exit: ExitCode.Refused,
    details,
    hint: "docs/packages.md has the rules",
  });
}

/** Nobody can say what a host does to its clients. */
function unseen(
  changes: readonly HostChanges[],
  instances: readonly Instance[],
  observed: Observed,
): string[] {
  const going = new Set(changes.map(({ host }) => host));
  return instances.flatMap(({ name, host }) =>
    going.has(host) && (observed.get(name)?.state ?? "unknown") === "unknown"
      ? [`${name}: nobody can say whether it runs`]
      : [],
  );
}

function emptied(
  ask: PackagesAsk,
  order: readonly (readonly HostName[])[],
  { observed, waves }: { observed: Observed; waves: readonly (readonly HostName[])[] },
): string[] {
  const running = runningHosts(ask.site.deployment.instances, observed);
  const words = [
    ...emptiedByHosts(order, behindAll(ask), running),
    ...togetherInWaves(waves, apartOf(ask, observed)),
  ];
  return words.map(word => `${word} (--allow-loss, where clients may be refused meanwhile)`);
}
