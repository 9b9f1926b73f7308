import type { InstanceName } from "../../base/names.ts";
import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { artefactCache, createArtefactStore } from "../../engine/artefacts/store.ts";
import type { Instance } from "../../inventory/model.ts";
import { planInstance } from "../../services/planners/planned-instance.ts";
import { planRelease } from "../../services/planners/release/release.ts";
import type { ObservedInstance, PlanRequest } from "../../services/planners/request.ts";
import { batchesOf, emptiedProxies } from "../../services/release/batches.ts";
import {
  decideBack,
  decideForward,
  type Decision,
  type PlaceChange,
  type Sight,
} from "../../services/release/decide.ts";
import { placesOf, type Place } from "../../services/release/places.ts";
import { hostRequest } from "../host-request.ts";
import { cutWaves, mostOf } from "../pause.ts";
import { hostsOf, renderingSite } from "../selected-hosts.ts";
import { selectInstances } from "../service-words.ts";
import { observeInstances } from "../status/observe.ts";
import { batchSize } from "./batch-size.ts";
import { behindProxies, instancesOfServices } from "./behind.ts";
import { readRelease, type ReleasePiece } from "./file.ts";
import { lookAtPlaces } from "./look.ts";
import type { PlannedRelease, ReleaseAsk } from "./model.ts";
import { packPiece, pinnedArtefact } from "./source.ts";

/** Packs what is to be released, looks at all hosts and plans. Throws an OperatorError (exit 3) with all that speaks against it. */
export async function prepareRelease(ask: ReleaseAsk): Promise<PlannedRelease> {
  const { context, site, wish } = ask;
  const wantedBefore = wish.kind === "from" ? (await readRelease(context.io, wish.file)).code : undefined;
  const services = wishedServices(ask, wantedBefore);
  const instances = services.flatMap(service =>
    selectInstances(site.deployment, { service, hosts: wish.hosts }, context.global.on),
  );
  const rendering = renderingSite(context, site);
  const places = placesOf(instances.map(instance => planInstance(rendering, instance)));
  const pieces = wish.kind === "back" ? [] : (wantedBefore ?? (await packAll(ask, places)));
  const [sights, observed] = await Promise.all([
    lookAtPlaces(ask, places),
    observeInstances({ ...ask, hosts: hostsOf(context, site, instancesOfServices(site, services)) }),
  ]);
  const decision = decideAll(sights, pieces);
  const running = new Set([...observed].flatMap(([name, { state }]) => (state === "running" ? [name] : [])));
  const batches = cutBatches(ask, decision.changes, running);
  const empty = emptiedProxies(batches, behindProxies(ask, services), running);
  refuse(ask, [...decision.problems, ...unseen(instances, observed), ...empty]);
  const plan = planRelease(requestOf(ask, instances, observed), {
    batches,
    artefacts: new Map(pieces.map(piece => [piece.service, pinnedArtefact(piece)])),
    // What takes a version back must not be kept from it by a test that only a newer one passes.
    smoke: wish.kind === "back" ? [] : (site.deployment.smoke ?? []),
    // What is written down says that all of them held everywhere.
    wholeRound: wish.kind === "to" && wish.out !== undefined,
  });
  return { places, pieces, decision, plan };
}

function wishedServices({ wish }: ReleaseAsk, file: readonly ReleasePiece[] | undefined): readonly string[] {
  if (file === undefined) return wish.services;
  const there = file.map(({ service }) => service);
  const missing = wish.services.find(service => !there.includes(service));
  if (missing === undefined) return wish.services.length === 0 ? there : wish.services;
  throw new OperatorError(`the release has no ${missing}: it is of ${there.join(", ")}`, { code: "USAGE" });
}

async function packAll(
  { context: { io }, wish }: ReleaseAsk,
  places: readonly Place[],
): Promise<ReleasePiece[]> {
  const store = createArtefactStore(artefactCache(io.env));
  const { to, as } = wish.kind === "to" ? wish : {};
  const words = {
    store,
    directory: io.directory,
    ...(to === undefined ? {} : { to }),
    ...(as === undefined ? {} : { as }),
  };
  const byService = Map.groupBy(places, ({ service }) => service);
  return Promise.all([...byService.values()].map(group => packPiece(group, words)));
}

/** Services one by one: a way back of the hubs says nothing of the snaps. */
function decideAll(sights: readonly Sight[], pieces: readonly ReleasePiece[]): Decision {
  const byService = Map.groupBy(sights, ({ place }) => place.service);
  const decisions = [...byService].map(([service, group]) => {
    const piece = pieces.find(candidate => candidate.service === service);
    return piece === undefined ? decideBack(group) : decideForward(group, piece);
  });
  return {
    changes: decisions.flatMap(({ changes }) => changes),
    unchanged: decisions.flatMap(({ unchanged }) => unchanged),
    problems: decisions.flatMap(({ problems }) => problems),
  };
}

function cutBatches(
  { context }: ReleaseAsk,
  changes: readonly PlaceChange[],
  running: ReadonlySet<InstanceName>,
): (readonly PlaceChange[])[] {
  return cutWaves(batchesOf(changes, batchSize(context), running), mostOf(context.options));
}

function refuse({ wish }: ReleaseAsk, details: readonly string[]): void {
  if (details.length === 0) return;
  const what = wish.kind === "back" ? "there is no one version to go back to" : "the release cannot begin";
  throw new OperatorError(`${what}: nothing was touched`, {
    code: "RELEASE_REFUSED",
    exit: ExitCode.Refused,
    details,
    hint: "smc release status  shows what each host has; docs/release.md has the rules",
  });
}

/** A host that does not answer would be left with another version. */
function unseen(
  instances: readonly Instance[],
  observed: ReadonlyMap<InstanceName, ObservedInstance>,
): string[] {
  return instances.flatMap(({ name }) =>
    (observed.get(name)?.state ?? "unknown") === "unknown" ? [`${name}: nobody can say whether it runs`] : [],
  );
}

function requestOf(
  { context, site }: ReleaseAsk,
  instances: readonly Instance[],
  observed: PlanRequest["observed"],
): PlanRequest {
  return { ...hostRequest(context, site), instances, observed };
}
