import { foldNames } from "../../base/host-ranges.ts";
import { naturalOrder } from "../../base/natural-order.ts";
import type { Loss } from "../../cassandra/ring/loss.ts";
import type { Keyspace, RingNode } from "../../cassandra/ring/model.ts";
import { foldEqual } from "../../report/fold.ts";
import { renderTable } from "../../report/table.ts";
import type { RingReport } from "./report.ts";

/** So much of a schema version tells it from another one. */
const SCHEMA_LETTERS = 8;

/** The report for people: a table with equal nodes in one row, then what is to be said of the ring as a whole. */
export function reportToText(report: RingReport): string {
  return `${table(report)}\n${[...summary(report), ...troubles(report), ...losses(report)].map(line => `${line}\n`).join("")}`;
}

function table({ seen, shares, keyspace }: RingReport): string {
  const placeOf = ({ dc, rack, host }: RingNode): string => `${dc}\0${rack}\0${host}`;
  const nodes = seen.ring.nodes
    .toSorted((a, b) => naturalOrder(placeOf(a), placeOf(b)))
    .map(node => ({ ...node, share: shares.get(node.id) ?? 0 }));
  const folds = foldEqual(nodes, ({ dc, rack, state, mode, tokens, release, schema }) => [
    dc,
    rack,
    state,
    mode,
    tokens.length,
    release,
    schema,
  ]);
  const owns = keyspace === undefined ? "owns" : `owns of ${keyspace}`;
  const headings = ["dc", "rack", "hosts", "nodes", "state", "mode", "tokens", owns, "release", "schema"];
  return renderTable(
    headings,
    folds.map(({ names, hosts, answer }) => [
      answer.dc,
      answer.rack,
      names,
      String(hosts.length),
      answer.state,
      answer.mode,
      String(answer.tokens.length),
      percentages(nodes.filter(({ host }) => hosts.includes(host)).map(({ share }) => share)),
      answer.release ?? "",
      answer.schema?.slice(0, SCHEMA_LETTERS) ?? "",
    ]),
  );
}

function percentages(shares: readonly number[]): string {
  const text = (share: number): string => `${(share * 100).toFixed(1)}%`;
  const [least, most] = [text(Math.min(...shares)), text(Math.max(...shares))];
  return least === most ? least : `${least}–${most}`;
}

function summary({ seen, schemas }: RingReport): string[] {
  const { nodes, partitioner, keyspaces, observedAt } = seen.ring;
  const up = nodes.filter(({ state }) => state === "up").length;
  const versions = schemas.map(
    ({ schema, hosts }) => `${schema.slice(0, SCHEMA_LETTERS)} on ${foldNames(hosts)}`,
  );
  return [
    `${nodes.length} nodes, ${up} up; ${partitioner}${observedAt === undefined ? "" : `; observed at ${observedAt}`}`,
    `keyspaces: ${replications(keyspaces)}`,
    ...(schemas.length > 1 ? [`schema: ${versions.join("; ")}`] : []),
  ];
}

/** `demo, system_auth DC0:3; system_traces 2`; those that are not shared are left out. */
function replications(keyspaces: readonly Keyspace[]): string {
  const shared = keyspaces.filter(({ replication }) => replication.strategy !== "local");
  const alike = Map.groupBy(shared, ({ replication }) =>
    replication.strategy === "network"
      ? Object.entries(replication.factors)
          .map(([dc, factor]) => `${dc}:${factor}`)
          .join(" ")
      : String(replication.strategy === "simple" ? replication.factor : ""),
  );
  return [...alike]
    .map(([factors, group]) => `${group.map(({ name }) => name).join(", ")} ${factors}`)
    .join("; ");
}

function troubles({ seen, census, schemas }: RingReport): string[] {
  const { opinions, disagreements, silent, asked } = seen;
  const differ = schemas.some(group => group.differ);
  const heard = opinions.map(
    ({ of, state, by }) => `${foldNames(by)} ${by.length === 1 ? "says" : "say"} of ${of}: ${state}`,
  );
  const agreed = heard.length === 0 && asked > 1 && silent.length === 0;
  return [
    ...(agreed ? ["no node says that another one is away"] : heard),
    ...silent.map(({ host, why }) => `${host} did not answer: ${why}`),
    ...disagreements.map(line => `told differently: ${line}`),
    ...census,
    ...(differ ? ["the schema differs between nodes of one release"] : []),
  ];
}

function losses({ lost, ifDown }: RingReport): string[] {
  const now = lost.map(loss => `without a quorum now: ${describeLoss(loss)}`);
  if (ifDown === undefined) return now;
  const hosts = foldNames(ifDown.hosts);
  if (ifDown.lost.length === 0)
    return [...now, `if ${hosts} stopped, every keyspace would keep what its clients need`];
  return [
    ...now,
    `if ${hosts} stopped, clients would be refused:`,
    ...ifDown.lost.map(loss => `  ${describeLoss(loss)}`),
  ];
}

function describeLoss({ keyspaces, level, dc, sets, range, replicas, left, needed }: Loss): string {
  const where = dc === undefined ? "" : ` in ${dc}`;
  const rest = left.length === 0 ? "none" : `${left.length} (${foldNames(left)})`;
  const more = sets === 1 ? "" : `; ${sets} sets of replicas in all`;
  return (
    `${keyspaces.join(", ")} would have ${rest} of ${foldNames(replicas)}${where}` +
    ` for the range (${range.after}, ${range.upTo}], and ${level} needs ${needed}${more}`
  );
}
