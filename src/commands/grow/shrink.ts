import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { formatSize } from "../../base/units.ts";
import { forecastShrink, type NodeForecast } from "../../cassandra/grow/forecast.ts";
import { shrinkProblems } from "../../cassandra/grow/shrink-rule.ts";
import { renderTable } from "../../report/table.ts";
import { nodesOf, seedNames } from "../../services/cassandra/ring.ts";
import { planInstance } from "../../services/planners/planned-instance.ts";
import { planShrink } from "../../services/planners/grow/shrink.ts";
import type { CommandContext } from "../model.ts";
import { renderingSite } from "../selected-hosts.ts";
import {
  changeRing,
  refuse,
  requestOf,
  requireOwnCensus,
  type ChangeOptions,
  type RingChange,
} from "./change-ring.ts";
import { lookAtDisks, requireDisks } from "./look.ts";
import { namedNodes } from "./words.ts";

/** `smc shrink host…`: nodes give their data to the others and leave the ring, one after the other. */
export function shrink(context: CommandContext<ChangeOptions>, words: readonly string[]): Promise<ExitCode> {
  return changeRing(context, async change => {
    const { ring, site } = change;
    const leaving = namedNodes(site, words);
    const hosts = leaving.map(({ host }) => host);
    requireOwnCensus(change, { absent: hosts });
    const members = hosts.filter(host => ring.nodes.some(node => node.host === host));
    refuseJoining(change, members);
    const forecast = change.live && members.length > 0 ? await forecastOf(change, members) : undefined;
    refuse(
      "leave the ring",
      hosts,
      members.length === 0
        ? []
        : shrinkProblems({
            ring,
            leaving: members,
            seeds: seedNames(site.deployment),
            ...(forecast === undefined ? {} : { forecast }),
          }),
    );
    const gone = hosts.filter(host => !members.includes(host));
    return {
      plan: planShrink(requestOf(change, leaving), { ring }),
      text: `${goneLine(gone)}${forecast === undefined ? "" : forecastTable(forecast)}`,
      json: { leaving: members, gone, forecast: forecast ?? null },
      question: `This takes ${foldNames(hosts)} out of the ring of ${site.deployment.name}.`,
      next: [
        `take ${foldNames(hosts)} out of cassandra in the services file: until then other verbs miss ${hosts.length === 1 ? "it" : "them"} in the ring`,
        `the data of ${foldNames(hosts)} is still on ${hosts.length === 1 ? "its host" : "their hosts"}`,
      ],
    };
  });
}

async function forecastOf(change: RingChange, leaving: readonly HostName[]): Promise<NodeForecast[]> {
  const { ring, context, site } = change;
  const rendering = renderingSite(context, site);
  const nodes = nodesOf(site.deployment)
    .filter(({ host }) => ring.nodes.some(node => node.host === host && node.state === "up"))
    .map(instance => planInstance(rendering, instance));
  const disks = await lookAtDisks(change, nodes);
  requireDisks(disks, nodes);
  return forecastShrink(ring, leaving, disks);
}

function forecastTable(forecast: readonly NodeForecast[]): string {
  return renderTable(
    ["host", "holds", "will gain", "free now"],
    forecast.map(({ host, now, gain, free }) => [
      host,
      formatSize(now),
      formatSize(gain),
      free === undefined ? "unknown" : formatSize(free),
    ]),
  );
}

function goneLine(gone: readonly HostName[]): string {
  return gone.length === 0 ? "" : `not in the ring any more: ${foldNames(gone)}\n`;
}

function refuseJoining({ ring }: RingChange, hosts: readonly HostName[]): void {
  const joining = ring.nodes.filter(({ host, mode }) => hosts.includes(host) && mode === "joining");
  if (joining.length === 0) return;
  throw new OperatorError(`${foldNames(joining.map(({ host }) => host))} has not joined yet`, {
    code: "RING_CHANGES",
    exit: ExitCode.Refused,
    hint: "smc resume  goes on with it; one that never joined is just stopped: smc stop cassandra HOST",
  });
}
