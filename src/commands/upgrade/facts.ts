import { dirname } from "node:path/posix";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { ACTIVITY_QUERIES, otherStreams } from "../../cassandra/repair/activity.ts";
import { listKeptScript, parseKept } from "../../cassandra/upgrade/kept.ts";
import type { HostFacts } from "../../cassandra/upgrade/preflight.ts";
import { readSchema, SCHEMA_QUERIES, type DatedSchema } from "../../cassandra/upgrade/schema-changes.ts";
import { formatsScript, parseFormats } from "../../cassandra/upgrade/sstables.ts";
import type { CassandraVersion } from "../../cassandra/version.ts";
import { withCqlSession } from "../../engine/cql/session.ts";
import { createProber } from "../../engine/create-performer.ts";
import { artefactCache, createArtefactStore } from "../../engine/artefacts/store.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { endpointOf } from "../../services/planners/ring-endpoint.ts";
import { accountOf, tablesOf } from "../../services/planners/snapshot.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import type { CommandResult } from "../../transport/model.ts";
import { ringNodes, type RingAsk } from "../contents/ask-ring.ts";
import { diskCheck, featureOf, freeAt, javaCheck } from "../doctor/checks.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { sessionFor } from "../ring/observe.ts";

/** A node with a great many files is read within this. */
const LOOK_TIMEOUT: Milliseconds = 60_000;

/** What the looks are for. */
export interface FactsWords {
  /** The release that nodes are to go to. */
  to: CassandraVersion;
  /** Nodes that are not up: nothing is asked of them, only of their hosts. */
  down: ReadonlySet<HostName>;
}

/** Looks at the hosts of all nodes at once: nothing is changed. */
export async function hostFacts(ask: RingAsk, words: FactsWords): Promise<readonly HostFacts[]> {
  const nodes = ringNodes(ask);
  const byHost = new Map(nodes.map(node => [node.target.name, node]));
  const answers = await askAll<HostFacts[]>({
    context: ask.context,
    targets: nodes.map(({ target }) => target),
    title: "looking at the hosts of the ring",
    concurrency: nodes.length,
    ask: async ({ name }) => {
      const node = byHost.get(name);
      return node === undefined ? [] : [await factsOf(ask, node, words)];
    },
  });
  return answers.flat();
}

/** The schema by the word of each of these nodes. */
export function schemasOf(
  ask: RingAsk,
  hosts: readonly HostName[],
): Promise<(DatedSchema | { why: string })[]> {
  const nodes = ringNodes(ask).filter(({ host }) => hosts.includes(host.name));
  return Promise.all(
    nodes.map(node =>
      orWhy(() =>
        withCqlSession(sessionFor(ask, node), endpointOf(node), async session => {
          const rows = (of: keyof typeof SCHEMA_QUERIES): Promise<readonly unknown[]> =>
            session.rows(SCHEMA_QUERIES[of], "one");
          return readSchema({
            keyspaces: await rows("keyspaces"),
            tables: await rows("tables"),
            columns: await rows("columns"),
            views: await rows("views"),
            types: await rows("types"),
            functions: await rows("functions"),
            aggregates: await rows("aggregates"),
          });
        }),
      ),
    ),
  );
}

async function factsOf(ask: RingAsk, node: PlannedInstance, words: FactsWords): Promise<HostFacts> {
  const connection = ask.transport.connection(node.target);
  const run = (
    argv: readonly string[],
    account: { runAs?: string } = accountOf(node),
  ): Promise<CommandResult> => connection.run(argv, { timeout: LOOK_TIMEOUT, ...account });
  const { rendered, administrator } = node;
  const software = rendered.software.kind === "artefact" ? rendered.software.folder : "/";
  const data = dirname(tablesOf(node));
  const root = administrator === undefined ? {} : { runAs: administrator };
  const [java, formats, free, kept, busy] = await Promise.all([
    run(javaCheck(rendered.java ?? "java").argv),
    run(formatsScript(tablesOf(node))),
    run(diskCheck([data, software]).argv),
    run(listKeptScript(data, { folder: software, version: words.to.text }), root),
    words.down.has(node.host.name) ? [] : busyWith(ask, node),
  ]);
  const [forData, forSoftware] = freeAt(free) ?? [];
  return {
    host: node.host.name,
    java: featureOf(java) ?? why(java),
    formats: (formats.ok ? parseFormats(formats.stdout) : undefined) ?? why(formats),
    free:
      forData === undefined || forSoftware === undefined
        ? why(free)
        : { data: forData, software: forSoftware },
    busy,
    kept: (kept.ok ? parseKept(kept.stdout) : undefined) ?? why(kept),
  };
}

function why({ end, stderr }: CommandResult): { why: string } {
  return { why: `${describeEnd(end)} ${stderr.trim().split("\n").at(-1) ?? ""}`.trim() };
}

/** Repairs that the node has a part in, and what it streams for something else. */
function busyWith(ask: RingAsk, node: PlannedInstance): Promise<HostFacts["busy"]> {
  const { context, site, transport } = ask;
  const prober = createProber({
    hosts: Object.fromEntries(ringNodes(ask).map(({ target }) => [target.name, target])),
    transport,
    secrets: new SecretFiles(site.secretsFolder),
    artefacts: createArtefactStore(artefactCache(context.io.env)),
  });
  const endpoint = endpointOf(node);
  const limits = {
    signal: AbortSignal.timeout(LOOK_TIMEOUT),
    deadline: Date.now() + LOOK_TIMEOUT,
    waiting: () => undefined,
  };
  return orWhy<HostFacts["busy"]>(async () => {
    const idle = await prober(node.target.name, { kind: "no-repair", endpoint }, limits);
    if (idle.holds === "unknown") return { why: idle.evidence };
    const streams = await withCqlSession(sessionFor(ask, node), endpoint, session =>
      session.rows(ACTIVITY_QUERIES.streams, "one"),
    );
    return [...(idle.holds === "no" ? [idle.evidence] : []), ...otherStreams(streams)];
  });
}

async function orWhy<T>(question: () => Promise<T>): Promise<T | { why: string }> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof OperatorError) return { why: error.message };
    throw error;
  }
}
