import { StatusExitCode, type ExitCode } from "../../base/exit-code.ts";
import { renderTable } from "../../report/table.ts";
import { planInstance } from "../../services/planners/planned-instance.ts";
import type { Sight } from "../../services/release/decide.ts";
import { placesOf } from "../../services/release/places.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";
import { selectInstances } from "../service-words.ts";
import { lookAtPlaces } from "./look.ts";

const HEADINGS = ["service", "host", "version", "checksum", "before", "released", "note"];

/** `smc release status [SERVICE] [host…]`: which version each host has. Exits 3 where a service has several, 4 where a host does not answer. */
export async function releaseStatus(
  context: CommandContext<unknown>,
  service: string | undefined,
  hosts: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  const rendering = renderingSite(context, site);
  const planned = selectInstances(site.deployment, { service: service ?? "all", hosts }, context.global.on)
    .map(instance => planInstance(rendering, instance))
    // Of all services, those that a release is about.
    .filter(
      ({ rendered }) =>
        service !== undefined || (rendered.software.kind === "artefact" && rendered.ring === undefined),
    );
  const transport = openTransport(context.io);
  try {
    const rows = (await lookAtPlaces({ context, transport }, placesOf(planned))).map(rowOf);
    const { stdout } = context.io;
    if (context.global.json) stdout.write(`${JSON.stringify({ version: 1, places: rows })}\n`);
    else if (rows.length > 0) stdout.write(renderTable(HEADINGS, rows.map(toCells)));
    else
      context.io.stderr.write(
        `no program of ${site.deployment.name} is one that smc brings: none has a source:\n`,
      );
    return exitOf(rows);
  } finally {
    await transport.close();
  }
}

interface Row {
  service: string;
  host: string;
  version?: string;
  sha256?: string;
  before?: string;
  released?: string;
  note?: string;
}

function rowOf(sight: Sight): Row {
  const { service, lead } = sight.place;
  const row = { service, host: lead.host.name };
  if ("why" in sight) return { ...row, note: sight.why };
  const { current, previous, note, archives } = sight.seen;
  const sha256 = archives.get(current ?? "");
  return {
    ...row,
    ...(current === undefined ? {} : { version: current }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(previous === undefined ? {} : { before: previous }),
    ...(note === undefined ? {} : { released: note.at }),
    ...(note !== undefined && note.state !== "done"
      ? { note: "not at its end: smc resume, or release it again" }
      : {}),
  };
}

function toCells({ service, host, version, sha256, before, released, note }: Row): string[] {
  return [service, host, version ?? "", sha256?.slice(0, 12) ?? "", before ?? "", released ?? "", note ?? ""];
}

function exitOf(rows: readonly Row[]): ExitCode {
  if (rows.some(({ version, note }) => version === undefined && note !== undefined))
    return StatusExitCode.Unreachable;
  const versions = Map.groupBy(rows, ({ service }) => service);
  const mixed = [...versions.values()].some(group => new Set(group.map(({ sha256 }) => sha256)).size > 1);
  const begun = rows.some(({ note }) => note !== undefined);
  return mixed || begun ? StatusExitCode.NotAllRunning : StatusExitCode.AllRunning;
}
