import { dirname } from "node:path/posix";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { ACTIVITY_QUERIES, otherStreams } from "../../cassandra/repair/activity.ts";
import type { HostFacts } from "../../cassandra/upgrade/preflight.ts";
import { formatsScript, parseFormats } from "../../cassandra/upgrade/sstables.ts";
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

/** Looks at the hosts of all nodes at once: nothing is changed. */
export async function hostFacts(ask: RingAsk): Promise<readonly HostFacts[]> {
  const nodes = ringNodes(ask);
  const byHost = new Map(nodes.map(node => [node.target.name, node]));
  const answers = await askAll<HostFacts[]>({
    context: ask.context,
    targets: nodes.map(({ target }) => target),
    title: "looking at the hosts of the ring",
    concurrency: nodes.length,
    ask: async ({ name }) => {
      const node = byHost.get(name);
      return node === undefined ? [] : [await factsOf(ask, node)];
    },
  });
  return answers.flat();
}

async function factsOf(ask: RingAsk, node: PlannedInstance): Promise<HostFacts> {
  const connection = ask.transport.connection(node.target);
  const run = (argv: readonly string[]): Promise<CommandResult> =>
    connection.run(argv, { timeout: LOOK_TIMEOUT, ...accountOf(node) });
  const { rendered } = node;
  const software = rendered.software.kind === "artefact" ? rendered.software.folder : "/";
  const [java, formats, free, busy] = await Promise.all([
    run(javaCheck(rendered.java ?? "java").argv),
    run(formatsScript(tablesOf(node))),
    run(diskCheck([dirname(tablesOf(node)), software]).argv),
    busyWith(ask, node),
  ]);
  const [data, places] = freeAt(free) ?? [];
  return {
    host: node.host.name,
    java: featureOf(java) ?? why(java),
    formats: (formats.ok ? parseFormats(formats.stdout) : undefined) ?? why(formats),
    free: data === undefined || places === undefined ? why(free) : { data, software: places },
    busy,
  };
}

function why({ end, stderr }: CommandResult): { why: string } {
  return { why: `${describeEnd(end)} ${stderr.trim().split("\n").at(-1) ?? ""}`.trim() };
}

/** Repairs that the node has a part in, and what it streams for something else. */
async function busyWith(ask: RingAsk, node: PlannedInstance): Promise<HostFacts["busy"]> {
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
  try {
    const idle = await prober(node.target.name, { kind: "no-repair", endpoint }, limits);
    if (idle.holds === "unknown") return { why: idle.evidence };
    const streams = await withCqlSession(sessionFor(ask, node), endpoint, session =>
      session.rows(ACTIVITY_QUERIES.streams, "one"),
    );
    return [...(idle.holds === "no" ? [idle.evidence] : []), ...otherStreams(streams)];
  } catch (error) {
    if (error instanceof OperatorError) return { why: error.message };
    throw error;
  }
}
