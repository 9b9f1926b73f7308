import type { HostName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { BuiltDeployment } from "../build/deployment.ts";
import type { Host, Instance } from "../model.ts";
import type { Problems } from "../problems.ts";
import { asMap, get, textOf, type MapValue } from "../source/value.ts";

/** The nodes of one data centre. */
interface DataCentre {
  nodes: Instance[];
  racks: Map<string, HostName[]>;
}

/** A deployment as its database sees it. */
interface Ring {
  name: string;
  nodes: ReadonlyMap<HostName, Instance>;
  dataCentres: ReadonlyMap<string, DataCentre>;
  /** The entry of the service, for places. */
  source: MapValue;
  problems: Problems;
}

/**
 * Rules of the database: replication names data centres that exist and asks for no more copies than they have nodes; seeds
 * are nodes. As warnings: racks of different sizes, fewer than two seeds in a data centre, every node a seed (a seed does
 * not bootstrap, so such a ring cannot be extended safely).
 */
export function checkRing({ deployment, services }: BuiltDeployment, problems: Problems): void {
  const service = services.get("cassandra");
  if (service === undefined || service.instances.length === 0) return;
  const nodes = new Map(service.instances.map(node => [node.host, node]));
  const dataCentres = new Map<string, DataCentre>();
  for (const node of service.instances) {
    const host = deployment.hosts.get(node.host);
    if (host?.dc === undefined)
      reportNoDataCentre(node, { source: service.source, problems, name: deployment.name });
    else addNode(dataCentres, { node, host });
  }
  const ring = { name: deployment.name, nodes, dataCentres, source: service.source, problems };
  checkReplication(ring);
  checkSeeds(ring);
  checkRacks(ring);
}

function addNode(dataCentres: Map<string, DataCentre>, { node, host }: { node: Instance; host: Host }): void {
  const { dc = "" } = host;
  const found = dataCentres.get(dc) ?? { nodes: [], racks: new Map<string, HostName[]>() };
  dataCentres.set(dc, found);
  found.nodes.push(node);
  const rack = typeof node.settings["rack"] === "string" ? node.settings["rack"] : (host.rack ?? "");
  const members = found.racks.get(rack) ?? [];
  members.push(node.host);
  found.racks.set(rack, members);
}

function reportNoDataCentre(
  node: Instance,
  { source, problems, name }: Pick<Ring, "source" | "problems" | "name">,
): void {
  const message = `the data centre of ${node.host} is not known, and cassandra runs there`;
  problems.add({ at: source.at, message, suggestion: "add dc: to its machine", deployment: name });
}

function checkReplication({ name, dataCentres, source, problems }: Ring): void {
  for (const [keyspace, { value }] of asMap(get(source, "replication"))?.entries ?? []) {
    for (const [dc, { keyAt, value: factor }] of asMap(value)?.entries ?? []) {
      const nodes = dataCentres.get(dc)?.nodes.length;
      const copies = factor.kind === "scalar" ? Number(factor.value) : 0;
      if (nodes === undefined) {
        const near = closest(dc, dataCentres.keys());
        const here = `data centres here: ${[...dataCentres.keys()].join(", ")}`;
        const suggestion = near === undefined ? here : `did you mean ${near}?`;
        const message = `${keyspace} is to be replicated in ${dc}, where there is no node`;
        problems.add({ at: keyAt, message, suggestion, deployment: name });
      } else if (copies > nodes) {
        const message = `${keyspace} wants ${copies} copies in ${dc}, which has ${nodes} ${nodes === 1 ? "node" : "nodes"}`;
        problems.add({ at: factor.at, message, suggestion: `write at most ${nodes}`, deployment: name });
      }
    }
  }
}

function checkSeeds({ name, nodes, dataCentres, source, problems }: Ring): void {
  const written = get(source, "seeds");
  if (written?.kind !== "list") return;
  const seeds = new Set<HostName>();
  for (const item of written.items) {
    const seed = textOf(item) ?? "";
    if (nodes.has(seed)) seeds.add(seed);
    else {
      const suggestion = () => {
        const near = closest(seed, nodes.keys());
        return near === undefined ? undefined : `did you mean ${near}?`;
      };
      problems.add({
        at: item.at,
        message: `the seed ${seed} is no node of the database`,
        suggestion,
        deployment: name,
      });
    }
  }
  const warn = (message: string) =>
    problems.add({ at: written.at, message, severity: "warning", deployment: name });
  for (const [dc, { nodes: own }] of dataCentres) {
    const count = own.filter(({ host }) => seeds.has(host)).length;
    if (count < Math.min(2, own.length))
      warn(`${dc} has ${count === 0 ? "no seed" : "one seed"}; two let it start when one is away`);
  }
  if (nodes.size > 1 && seeds.size === nodes.size)
    warn("every node is a seed; a seed does not stream data when it joins");
}

function checkRacks({ name, dataCentres, source, problems }: Ring): void {
  for (const [dc, { racks }] of dataCentres) {
    const sizes = [...racks.values()].map(members => members.length);
    if (racks.size < 2 || Math.max(...sizes) - Math.min(...sizes) <= 1) continue;
    const list = [...racks].map(([rack, members]) => `${rack} ${members.length}`).join(", ");
    const message = `the racks of ${dc} differ in size (${list}): nodes of the small ones hold more data`;
    const at = get(source, "rack")?.at ?? source.at;
    problems.add({ at, message, severity: "warning", deployment: name });
  }
}
