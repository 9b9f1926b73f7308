import type { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { closest } from "../../base/suggest.ts";
import { requireSnapshotName } from "../../cassandra/snapshots.ts";
import { planRestore } from "../../services/planners/restore.ts";
import { planSnapshotCreate, planSnapshotDelete } from "../../services/planners/snapshot.ts";
import { askForOneRelease, type RingAsk } from "../contents/ask-ring.ts";
import { confirmName } from "../confirm-name.ts";
import type { CommandContext } from "../model.ts";
import { lookForSnapshots, requireAnswers, snapshotsOf, type NodeSnapshots } from "./look.ts";
import { onNodes, printOrExecute, requestFor } from "./nodes.ts";

const TABLE = /^(\w+)\.(\w+)$/;

/** `smc snapshot create NAME [keyspace…]`: takes a snapshot on all selected nodes at once. */
export function createSnapshot(
  context: CommandContext<unknown>,
  name: string,
  keyspaces: readonly string[],
): Promise<ExitCode> {
  requireSnapshotName(name);
  for (const keyspace of keyspaces) {
    if (/^\w+$/.test(keyspace)) continue;
    throw new OperatorError(`"${keyspace}" is no name of a keyspace`, {
      code: "USAGE",
      hint: "smc ring  shows them",
    });
  }
  return onNodes(context, (ask, nodes) =>
    printOrExecute(ask, planSnapshotCreate(requestFor(ask, nodes), { name, keyspaces })),
  );
}

/** `smc snapshot delete NAME`: deletes it from all selected nodes, when its name was typed. */
export function deleteSnapshot(context: CommandContext<unknown>, name: string): Promise<ExitCode> {
  requireSnapshotName(name);
  return onNodes(context, async (ask, nodes) => {
    const plan = planSnapshotDelete(requestFor(ask, nodes), name);
    if (context.global.dryRun) return printOrExecute(ask, plan);
    const seen = await lookForSnapshots(ask, nodes);
    requireAnswers(seen);
    requirePresent(ask, seen, name);
    await confirmName(context, { what: `This deletes the snapshot ${name} on ${nodes.length} nodes.`, name });
    return printOrExecute(ask, plan);
  });
}

/** `smc snapshot restore NAME KEYSPACE.TABLE`: brings one table of the whole ring back to a snapshot, when its name was typed. */
export function restoreSnapshot(
  context: CommandContext<unknown>,
  name: string,
  place: string,
): Promise<ExitCode> {
  requireSnapshotName(name);
  const [, keyspace, table] = TABLE.exec(place) ?? [];
  if (keyspace === undefined || table === undefined) throw noTable(place);
  if (keyspace.startsWith("system")) throw systemTable(place);
  if (context.global.on !== undefined) throw partOfRing();
  return onNodes(context, async (ask, nodes) => {
    const plan = planRestore(requestFor(ask, nodes), { name, keyspace, table });
    if (context.global.dryRun) return printOrExecute(ask, plan);
    await askForOneRelease(ask);
    const seen = await lookForSnapshots(ask, nodes);
    requireAnswers(seen);
    requirePresent(ask, seen, name);
    const what = `This empties ${place} of ${ask.site.deployment.name} and fills it from ${name}: what was written since is gone from it.`;
    await confirmName(context, { what, name: place });
    return printOrExecute(ask, plan);
  });
}

function requirePresent({ site }: RingAsk, seen: readonly NodeSnapshots[], name: string): void {
  const names = snapshotsOf(seen).map(snapshot => snapshot.name);
  if (names.includes(name)) return;
  const near = closest(name, names);
  throw new OperatorError(`no node of ${site.deployment.name} has a snapshot ${name}`, {
    code: "SNAPSHOT_UNKNOWN",
    hint: near === undefined ? "smc snapshot list  shows them" : `did you mean ${near}?`,
  });
}

function noTable(place: string): OperatorError {
  return new OperatorError(`"${place}" is no table`, {
    code: "USAGE",
    hint: "KEYSPACE.TABLE: one table at a time is restored",
  });
}

function systemTable(place: string): OperatorError {
  return new OperatorError(
    `${place} is a table of Cassandra itself: emptied under a ring that runs, it would be lost`,
    {
      code: "USAGE",
      hint: "docs/snapshots.md says how a node is brought back by hand",
    },
  );
}

function partOfRing(): OperatorError {
  return new OperatorError("a table is restored on the whole ring, or its replicas would disagree", {
    code: "USAGE",
    hint: "leave out --on",
  });
}
