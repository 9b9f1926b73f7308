import * as v from "valibot";
import type { ServiceName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { Host, Instance, Ports, ServiceSettings, Timeouts } from "../model.ts";
import { instancesSchema, type ServiceFormat } from "../schema/services.ts";
import { asMap, get, type MapValue } from "../source/value.ts";
import type { BuildContext } from "./context.ts";
import type { ReadEntry } from "./entry.ts";

export interface InstanceParts {
  name: ServiceName;
  format: ServiceFormat;
  ports: Ports;
  timeouts: Timeouts;
  /** The entry of the host, as written and as read. */
  source: MapValue;
  read: ReadEntry;
  context: BuildContext;
}

/** The instances of a service on one host: one, or as many as its `instances` says. */
export function instancesOn(host: Host, parts: InstanceParts): readonly Instance[] {
  const { name, read, timeouts } = parts;
  const said = idsOf(read.settings);
  reportRepeatedIds(said, parts);
  const ids = [...new Set(said)];
  const { version } = read.common;
  return ids.map(id => ({
    name: `${name}${ids.length === 1 ? "" : id}@${host.name}`,
    service: name,
    host: host.name,
    id,
    ports: portsOf(id, parts),
    settings: read.settings,
    ...(version === undefined ? {} : { version }),
    ...ownTimeouts(read.common.timeouts, timeouts),
  }));
}

/** The timeouts of the deployment with those of a service over them; nothing where it has none. */
export function ownTimeouts(
  own: ReadEntry["common"]["timeouts"],
  { start, stop, ready }: Timeouts,
): { timeouts?: Timeouts } {
  if (own === undefined) return {};
  return { timeouts: { start: own.start ?? start, stop: own.stop ?? stop, ready: own.ready ?? ready } };
}

/** The ids that the file gives out itself, by `instances: [{id: …}]`; undefined where smc counts. */
export function writtenIds(settings: ServiceSettings): readonly number[] | undefined {
  const { instances } = settings;
  return v.is(instancesSchema, instances) && Array.isArray(instances)
    ? instances.map(({ id }) => id)
    : undefined;
}

function idsOf(settings: ServiceSettings): readonly number[] {
  const { instances = 1 } = settings;
  return (
    writtenIds(settings) ??
    Array.from({ length: typeof instances === "number" ? instances : 1 }, (_, id) => id)
  );
}

/** The ports by the format of the service, over a block of which `ports:` below the service replaced some. */
function portsOf(
  id: number,
  { name, format, ports, read, source, context }: InstanceParts,
): Record<string, number> {
  const { settings, common } = read;
  const standard = format.ports(ports, { id, settings });
  const own = common.ports ?? {};
  if (Object.keys(own).length === 0) return standard;
  const written = asMap(get(source, "ports"));
  for (const key of Object.keys(own)) {
    if (key in standard) continue;
    const at = written?.entries.get(key)?.keyAt ?? source.at;
    const near = closest(key, Object.keys(standard));
    const suggestion =
      near === undefined ? `its ports: ${Object.keys(standard).join(", ")}` : `did you mean ${near}?`;
    context.problems.add({ at, message: `${name} has no port "${key}"`, suggestion });
  }
  return { ...standard, ...format.ports({ ...ports, ...ownBlock(own) }, { id, settings }) };
}

/** A port of a service as a part of the block; the two internode ports follow one another. */
function ownBlock({
  cassandra_internode: internode,
  ...own
}: Readonly<Record<string, number>>): Partial<Ports> {
  return internode === undefined ? own : { ...own, cassandra_internode: [internode, internode + 1] };
}

function reportRepeatedIds(ids: readonly number[], { name, source, context }: InstanceParts): void {
  if (new Set(ids).size === ids.length) return;
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  const at = get(source, "instances")?.at ?? source.at;
  context.problems.add({ at, message: `${name} has the id ${repeated} twice on a host` });
}
