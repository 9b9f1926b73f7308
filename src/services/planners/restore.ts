import { identifier } from "../../cassandra/cql-text.ts";
import {
  importedScript,
  importScript,
  presentScript,
  tablePresentScript,
  type TableInSnapshot,
} from "../../cassandra/snapshots.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import { planInstance, type PlannedInstance } from "./planned-instance.ts";
import type { PlanRequest } from "./request.ts";
import {
  accountOf,
  gate,
  onDisk,
  SNAPSHOT_TIMEOUT,
  step,
  tablesOf,
  takeSnapshot,
  toolOf,
} from "./snapshot.ts";
import { stepId } from "./step.ts";

/** A table, and the snapshot that it is to be as. */
export interface RestoreWords {
  name: string;
  keyspace: string;
  table: string;
}

/**
 * Plans to bring one table back to a snapshot, on a ring that serves meanwhile: when every node is up and has the table
 * in the snapshot, what the table holds now is kept in a second snapshot on every node; only then it is emptied, by one
 * statement that every node must answer, and each node copies its files in. The request has all nodes of the ring.
 */
export function planRestore(request: PlanRequest, words: RestoreWords): Plan {
  const nodes = request.instances.map(instance => planInstance(request, instance));
  const [first] = nodes;
  const safety = `before-restore-${stamp(request.now)}`;
  const place = (node: PlannedInstance): TableInSnapshot => ({ tables: tablesOf(node), ...words });
  const has = nodes.map(node =>
    gate(node, {
      id: stepId("see snapshot", node),
      title: `see ${words.keyspace}.${words.table} in ${words.name} on ${node.host.name}`,
      probe: onDisk(node, tablePresentScript(place(node))),
      needs: [],
      timeout: 5000,
    }),
  );
  const whole = nodes.map(wholeGate);
  const kept = nodes.flatMap(node => keep(node, { words, safety, needs: ids([...has, ...whole]) }));
  const emptied = first === undefined ? [] : [emptyStep(first, words, ids(kept))];
  const filled = nodes.flatMap(node => fill(node, place(node), { words, needs: ids(emptied) }));
  const steps = [...has, ...whole, ...kept, ...emptied, ...filled];
  return assemblePlan(request, { instances: nodes, steps, onFailure: "halt" });
}

function wholeGate(node: PlannedInstance): Step {
  const { ring } = node.rendered;
  if (ring === undefined) throw new Error(`${node.instance.name} is no node of a ring`);
  return gate(node, {
    id: stepId("see ring", node),
    title: `see the whole ring from ${node.host.name}`,
    probe: ring,
    needs: [],
  });
}

function keep(
  node: PlannedInstance,
  {
    words: { keyspace, table },
    safety,
    needs,
  }: { words: RestoreWords; safety: string; needs: readonly string[] },
): Step[] {
  const script = presentScript(tablesOf(node), safety, [keyspace]);
  return [
    step(node, {
      id: stepId("keep", node),
      title: `keep ${keyspace}.${table} as it is in ${safety} on ${node.host.name}`,
      action: takeSnapshot(node, ["-t", safety, "-cf", table, "--", keyspace]),
      done: onDisk(node, script),
      needs,
      timeout: SNAPSHOT_TIMEOUT,
    }),
    gate(node, {
      id: stepId("see kept", node),
      title: `see the files of ${safety} on ${node.host.name}`,
      probe: onDisk(node, script),
      needs: [stepId("keep", node)],
    }),
  ];
}

/** Cassandra itself carries this out on all nodes, and refuses while one is away. */
function emptyStep(node: PlannedInstance, { keyspace, table }: RestoreWords, needs: readonly string[]): Step {
  const { ring } = node.rendered;
  if (ring?.kind !== "ring") throw new Error(`${node.instance.name} is no node of a ring`);
  return step(node, {
    id: "empty the table",
    title: `empty ${keyspace}.${table} on all nodes`,
    action: {
      kind: "cql",
      endpoint: ring.endpoint,
      statements: [[`TRUNCATE TABLE ${identifier(keyspace)}.${identifier(table)}`]],
      consistency: "all",
    },
    needs,
    timeout: SNAPSHOT_TIMEOUT,
  });
}

function fill(
  node: PlannedInstance,
  place: TableInSnapshot,
  { words, needs }: { words: RestoreWords; needs: readonly string[] },
): Step[] {
  const { keyspace, table, name } = words;
  return [
    step(node, {
      id: stepId("import", node),
      title: `copy ${name} into ${keyspace}.${table} on ${node.host.name}`,
      action: { kind: "run", argv: importScript(place, toolOf(node)), ...accountOf(node) },
      needs,
      timeout: SNAPSHOT_TIMEOUT,
    }),
    gate(node, {
      id: stepId("see imported", node),
      title: `see the files of ${keyspace}.${table} on ${node.host.name}`,
      probe: onDisk(node, importedScript(place)),
      needs: [stepId("import", node)],
    }),
  ];
}

function ids(steps: readonly Step[]): readonly string[] {
  return steps.map(({ id }) => id);
}

/** `20261127T061500Z` */
function stamp(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
