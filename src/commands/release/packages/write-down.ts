import { ExitCode } from "../../../base/exit-code.ts";
import { pinsOf } from "../../../services/release/packages/pins.ts";
import { askedTests } from "../../../services/smoke.ts";
import { writePins } from "./file.ts";
import { lookAtInstalled } from "./look.ts";
import type { PackagesAsk, PlannedPackages } from "./model.ts";

/**
 * Writes the versions that the hosts have, as they themselves tell, once all of them have what was planned: a run that was paused has not
 * got there, and ends as failed (exit 1).
 */
export async function writeDown(
  ask: PackagesAsk,
  { decision }: PlannedPackages,
  out: string,
): Promise<ExitCode> {
  const { context, site, wish } = ask;
  const { io, global } = context;
  const say = (text: string): void => void (!global.json && !global.quiet && io.stderr.write(text));
  const answers = await lookAtInstalled(ask);
  const installed = answers.flatMap(answer =>
    "seen" in answer ? [{ host: answer.host, ...answer.seen }] : [],
  );
  const versions = new Map(installed.map(seen => [seen.host, seen.versions]));
  const left = decision.changes.filter(({ host, changes }) =>
    changes.some(({ name, to }) => versions.get(host)?.get(name) !== to),
  );
  const silent = answers.length - installed.length;
  if (left.length + silent > 0) {
    io.stderr.write(`${out} was not written: ${left.length + silent} hosts are not there yet\n`);
    return ExitCode.Failed;
  }
  const changed = decision.changes.flatMap(({ changes }) => changes.map(({ name }) => name));
  const only = wish.kind === "only" ? new Set([...wish.names, ...changed]) : undefined;
  const { pins, mixed } = pinsOf(installed, only);
  const smoke = askedTests(site.deployment).map(({ name }) => name);
  await writePins(io, out, { pins, deployment: site.deployment.name, smoke });
  if (mixed.length > 0) say(`note: not pinned, as hosts differ: ${mixed.join("; ")}\n`);
  say(`wrote ${out}\nnext: smc -d OTHER release packages --from ${out}\n`);
  return ExitCode.Done;
}
