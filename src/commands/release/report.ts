import { foldNames } from "../../base/host-ranges.ts";
import type { ReleasePiece } from "./file.ts";
import type { PlannedRelease } from "./model.ts";
import { saidArtefact } from "./source.ts";

/** What is to come, for people: where from, and who goes from which version to which. */
export function describeRelease({ decision, pieces }: PlannedRelease): string {
  const ways = Map.groupBy(
    decision.changes,
    ({ place, from, to }) => `${place.service}: ${from.version} → ${to.version}`,
  );
  const unchanged = Map.groupBy(decision.unchanged, ({ service }) => service);
  return [
    ...pieces.map(
      ({ service, version, source, sha256 }) => `${service} ${version}: ${source}, SHA-256 ${sha256}`,
    ),
    ...[...ways].map(
      ([way, changes]) => `${way} on ${foldNames(changes.map(({ place }) => place.lead.host.name))}`,
    ),
    ...[...unchanged].map(
      ([service, places]) =>
        `${service}: as it is to be on ${foldNames(places.map(({ lead }) => lead.host.name))}`,
    ),
    "",
  ].join("\n");
}

/** The same for scripts. */
export function releaseToJson({ decision, pieces }: PlannedRelease): object {
  return {
    pieces,
    changes: decision.changes.map(({ place, from, to, direction }) => ({
      place: place.id,
      service: place.service,
      instances: place.instances.map(({ instance }) => instance.name),
      from,
      to,
      direction,
    })),
    unchanged: decision.unchanged.map(({ id }) => id),
  };
}

/** What the operator does next: the services file says what is there. */
export function afterwards({ places, decision, pieces }: PlannedRelease): string {
  const versions = new Map<string, string>(
    pieces.length > 0
      ? pieces.map(({ service, version }: ReleasePiece) => [service, version])
      : decision.changes.map(({ place, to }) => [place.service, to.version]),
  );
  return [...versions]
    .flatMap(([service, version]) => {
      const said = saidArtefact(places.filter(place => place.service === service));
      if (said.version === version) return [];
      return `next: say version: ${version} in the source of ${service} in the services file; until then smc start, restart and install refuse these hosts\n`;
    })
    .join("");
}
