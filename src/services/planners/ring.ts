import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Probe, Step, StepId } from "../../plan/model.ts";
import type { ServiceGroup } from "./order.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { GATE_INTERVAL } from "./ready.ts";
import type { Planning } from "./request.ts";
import { refusedByRing } from "./ring-refusal.ts";
import { instanceStep, stepId } from "./step.ts";

/** Whether the instances of the group are nodes of a ring. */
export function isRing({ instances }: ServiceGroup): boolean {
  return instances.some(({ rendered }) => rendered.ring !== undefined);
}

/**
 * The nodes of a ring in the waves of a restart, as decided; with `allowLoss`, those that were refused come last, one at
 * a time. Throws an OperatorError (exit 3) for a node that was refused, and for several at once of a ring that nobody asked.
 */
export function ringWaves(
  request: Planning,
  group: ServiceGroup,
  allowLoss: boolean,
): readonly (readonly PlannedInstance[])[] {
  const { ring, parallel } = request;
  if (ring === undefined) {
    const many = group.instances.length > 1 && parallel !== undefined && parallel !== 1;
    if (many) throw notObserved(group);
    return group.instances.map(planned => [planned]);
  }
  if (ring.refused.length > 0 && !allowLoss) {
    throw refusedByRing(ring, { verb: "restart", service: group.name });
  }
  const byHost = Map.groupBy(group.instances, ({ host }) => host.name);
  const last = ring.refused.map(({ host }) => [host]);
  return [...ring.waves, ...last].map(wave => wave.flatMap(host => byHost.get(host) ?? []));
}

/** The gate around a wave: all nodes that it leaves, and after it those that it restarted too, see the whole ring up. */
export function ringGate(
  request: Planning,
  wave: readonly PlannedInstance[],
  when: { moment: "before" | "after"; needs: readonly StepId[] },
): Step[] {
  const [first] = wave;
  if (first?.rendered.ring === undefined) return [];
  const names = new Set(wave.map(({ instance }) => instance.name));
  const away = awayAt(request, first, when.moment);
  const peers = peersOf(request, first, away).filter(
    ({ instance }) => when.moment === "after" || !names.has(instance.name),
  );
  const what = foldNames([...names]);
  return gate(request, first, {
    id: stepId(`ring ${when.moment}`, first),
    title: `${foldNames(peers.map(({ host }) => host.name))} see the whole ring up ${when.moment} the restart of ${what}`,
    needs: when.needs,
    peers,
    away,
  });
}

/** The gate before a part of a ring stops: all that stay still see each other. Empty where the ring was not observed, or all of it goes. */
export function stopGate(request: Planning, group: ServiceGroup, after: readonly StepId[]): Step[] {
  const [first] = group.instances;
  if (first === undefined || request.ring === undefined) return [];
  const going = group.instances.map(({ host }) => host.name);
  const away = new Set([...going, ...request.ring.away.map(({ host }) => host)]);
  const peers = peersOf(request, first, away);
  return gate(request, first, {
    id: stepId("ring before", first),
    title: `${foldNames(peers.map(({ host }) => host.name))} see each other up before the stop of ${foldNames(going)}`,
    after,
    peers,
    away,
  });
}

interface GateWords {
  id: StepId;
  title: string;
  needs?: readonly StepId[];
  after?: readonly StepId[];
  peers: readonly PlannedInstance[];
  away: ReadonlySet<HostName>;
}

/** One question to all peers at once, asked until all say yes. */
function gate(request: Planning, at: PlannedInstance, words: GateWords): Step[] {
  const { peers, away, ...rest } = words;
  const addresses = [...away].flatMap(host => request.deployment.hosts.get(host)?.address ?? []);
  const asked = peers.flatMap(({ host, rendered }): { host: HostName; probe: Probe }[] => {
    const probe = rendered.ring;
    if (probe === undefined) return [];
    const ofRing = probe.kind === "ring" && addresses.length > 0 ? { ...probe, away: addresses } : probe;
    return [{ host: host.name, probe: ofRing }];
  });
  if (asked.length === 0) return [];
  return [
    instanceStep(at, {
      ...rest,
      kind: `ring ${at.description.name}`,
      action: { kind: "wait", probe: { kind: "everywhere", asked }, interval: GATE_INTERVAL },
      timeout: request.timeout ?? at.timeouts.ready,
    }),
  ];
}

/** Who was away when the ring was observed and has not been restarted since: in this plan, or with this wave. */
function awayAt(
  { ring }: Planning,
  first: PlannedInstance,
  moment: "before" | "after",
): ReadonlySet<HostName> {
  if (ring === undefined) return new Set();
  const index = ring.waves.findIndex(wave => wave.includes(first.host.name));
  const begun = index === -1 ? ring.waves : ring.waves.slice(0, moment === "after" ? index + 1 : index);
  const restarted = new Set(begun.flat());
  return new Set(ring.away.map(({ host }) => host).filter(host => !restarted.has(host)));
}

/** The nodes of the ring that can be asked, selected or not. */
function peersOf(
  request: Planning,
  { instance }: PlannedInstance,
  away: ReadonlySet<HostName>,
): PlannedInstance[] {
  return request.deployment.instances
    .filter(({ service, host }) => service === instance.service && !away.has(host))
    .map(request.render);
}

function notObserved({ name }: ServiceGroup): OperatorError {
  return new OperatorError(`${name} is a ring: which nodes may go at once, only the ring itself can tell`, {
    code: "QUORUM_AT_RISK",
    exit: ExitCode.Refused,
    hint: `smc ring --save ring.json, then --observed ring.json; or --rolling, which takes one node at a time`,
  });
}
