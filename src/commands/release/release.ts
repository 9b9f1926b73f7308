import { ExitCode } from "../../base/exit-code.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { pauseRule } from "../pause.ts";
import { printPlanWith } from "../print-plan.ts";
import { decideForward } from "../../services/release/decide.ts";
import { askedTests } from "../../services/smoke.ts";
import { writeRelease } from "./file.ts";
import { lookAtPlaces } from "./look.ts";
import type { PlannedRelease, ReleaseAsk } from "./model.ts";
import { prepareRelease } from "./prepare.ts";
import { afterwards, describeRelease, releaseToJson } from "./report.ts";
import { requireSmoke } from "./smoke.ts";
import { tellUnchanged } from "./unchanged.ts";
import { readWish, type ReleaseOptions } from "./words.ts";

/**
 * `smc release SERVICE [host…] [--to REF]`: brings programs to another version, in batches behind haproxy, or back. With `--dry-run` the
 * program is packed and hosts are only looked at.
 */
export async function release(
  context: CommandContext<ReleaseOptions>,
  service: string | undefined,
  hosts: readonly string[],
): Promise<ExitCode> {
  const wish = readWish({ service, hosts, on: context.global.on }, context.options);
  const site = await loadSite(context, { hosts, secretsMayBeMissing: true });
  if (wish.kind === "to" && wish.out !== undefined) requireSmoke(site.deployment);
  const transport = openTransport(context.io);
  try {
    return await carryOut({ context, site, transport, wish });
  } finally {
    await transport.close();
  }
}

async function carryOut(ask: ReleaseAsk): Promise<ExitCode> {
  const { context, site, transport, wish } = ask;
  const { io, global } = context;
  const prepared = await prepareRelease(ask);
  const { plan, decision } = prepared;
  const text = describeRelease(prepared);
  if (global.dryRun) return printPlanWith(context, plan, { json: releaseToJson(prepared), text });
  const speaks = !global.json && !global.quiet;
  if (speaks) io.stderr.write(text);
  const out = wish.kind === "to" ? wish.out : undefined;
  if (decision.changes.length === 0 && out === undefined) return tellUnchanged(context);
  const going = decision.changes.flatMap(({ place }) => place.instances);
  if (going.length > 1) await confirm(context, questionOf(ask, prepared));
  const code = await executePlan({ context, site, transport, plan, pause: pauseRule(context.options) });
  if (code !== ExitCode.Done) {
    if (speaks)
      io.stderr.write(
        "next: smc release status  shows what each host has; smc release … --rollback goes back\n",
      );
    return code;
  }
  if (speaks) io.stderr.write(afterwards(prepared));
  return out === undefined ? code : writeDown(ask, prepared, out);
}

function questionOf({ site, wish }: ReleaseAsk, { decision: { changes } }: PlannedRelease): string {
  const instances = changes.flatMap(({ place }) => place.instances);
  const versions = [...new Set(changes.map(({ place, to }) => `${place.service} ${to.version}`))].join(", ");
  const way = wish.kind === "back" ? "go back" : "go";
  return `${instances.length} instances in ${site.deployment.name} ${way} to ${versions}?`;
}

/** Only what is in place everywhere, as the hosts themselves tell: a run that was paused has not got there. */
async function writeDown(
  ask: ReleaseAsk,
  { places, pieces }: PlannedRelease,
  out: string,
): Promise<ExitCode> {
  const { context, site } = ask;
  const sights = await lookAtPlaces(ask, places);
  const left = pieces.flatMap(piece => {
    const decided = decideForward(
      sights.filter(({ place }) => place.service === piece.service),
      piece,
    );
    return [...decided.problems, ...decided.changes.map(({ place }) => place.id)];
  });
  const speaks = !context.global.json && !context.global.quiet;
  if (left.length > 0) {
    context.io.stderr.write(`${out} was not written: ${left.length} places are not there yet\n`);
    return ExitCode.Failed;
  }
  const smoke = askedTests(site.deployment).map(({ name }) => name);
  await writeRelease(context.io, out, { pieces, deployment: site.deployment.name, smoke });
  if (speaks) context.io.stderr.write(`wrote ${out}\nnext: smc -d OTHER release --from ${out}\n`);
  return ExitCode.Done;
}
