import { ExitCode, StatusExitCode } from "../../base/exit-code.ts";
import { formatSize } from "../../base/units.ts";
import { renderTable } from "../../report/table.ts";
import type { CommandContext } from "../model.ts";
import { onNodes } from "./nodes.ts";
import { describeHosts, lookForSnapshots, snapshotsOf, type NodeSnapshots } from "./look.ts";

/** Names of keyspaces that are told in full. */
const MOST_KEYSPACES = 4;

/** `smc snapshot list`: what the disks of the nodes have. Exits 4 when a node cannot tell. */
export async function listSnapshots(context: CommandContext<unknown>): Promise<ExitCode> {
  return onNodes(context, async (ask, nodes) => {
    const seen = await lookForSnapshots(ask, nodes);
    const silent = seen.flatMap(node => ("why" in node ? [{ host: node.host, why: node.why }] : []));
    const { stdout, stderr } = context.io;
    if (context.global.json) {
      const answer = { version: 1, snapshots: snapshotsOf(seen).map(toJson), notAsked: silent };
      stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    } else {
      stdout.write(toText(seen));
      silent.forEach(({ host, why }) => void stderr.write(`${host}: ${why}\n`));
    }
    return silent.length === 0 ? ExitCode.Done : StatusExitCode.Unreachable;
  });
}

function toJson({ takenAt, ...snapshot }: ReturnType<typeof snapshotsOf>[number]): object {
  return { ...snapshot, takenAt: new Date(takenAt * 1000).toISOString() };
}

function toText(seen: readonly NodeSnapshots[]): string {
  const asked = seen.flatMap(node => ("tables" in node ? [node.host] : []));
  const snapshots = snapshotsOf(seen);
  if (snapshots.length === 0) return asked.length === 0 ? "" : "no node has a snapshot\n";
  return renderTable(
    ["snapshot", "taken", "keyspaces", "tables", "size", "on"],
    snapshots.map(snapshot => [
      snapshot.name,
      new Date(snapshot.takenAt * 1000).toISOString().slice(0, 16).replace("T", " "),
      shorten(snapshot.keyspaces),
      String(snapshot.tables),
      formatSize(snapshot.size),
      describeHosts(snapshot, asked),
    ]),
  );
}

function shorten(keyspaces: readonly string[]): string {
  const more = keyspaces.length - MOST_KEYSPACES;
  if (more <= 0) return keyspaces.join(", ");
  return `${keyspaces.slice(0, MOST_KEYSPACES).join(", ")} and ${more} more`;
}
