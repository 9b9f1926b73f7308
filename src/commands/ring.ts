import { StatusExitCode, type ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { ringToJson } from "../cassandra/ring/json.ts";
import type { ObservedRing } from "../cassandra/ring/model.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { requireWritable, writeOutput } from "./output-file.ts";
import { openTransport } from "./open-transport.ts";
import { observeRing, type LiveRing } from "./ring/observe.ts";
import { readRing, ruleFor, type RingOptions } from "./ring/options.ts";
import { requireRing } from "./ring/require-ring.ts";
import { reportToText } from "./ring/report-text.ts";
import { reportOf, reportToJson, statusOf } from "./ring/report.ts";

/** Options of `smc ring`. */
export interface RingVerbOptions extends Omit<RingOptions, "maxDown"> {
  /** What would be lost if these hosts stopped. */
  ifDown?: readonly string[];
  /** Write the observation to this file. */
  save?: string;
  /** The keyspace whose shares are shown; those of the tokens without one. */
  keyspace?: string;
}

/**
 * `smc ring`: the ring as all of its nodes tell of it, or as a file does. Exits 0 when all is well, 3 when something is not
 * or `--if-down` would lose a quorum, 4 when of some node nobody can tell.
 */
export async function ring(context: CommandContext<RingVerbOptions>): Promise<ExitCode> {
  const { io, global, options } = context;
  const site = await loadSite(context, { secretsMayBeMissing: true });
  requireRing(site);
  if (options.save !== undefined) await requireWritable(io, { file: options.save, what: "ring" });
  const seen = await see(context, site);
  const rule = ruleFor(seen.ring, options, site.deployment);
  const report = reportOf({ seen, rule, deployment: site.deployment, ...options });
  if (options.save !== undefined) await save(context, options.save, seen.ring);
  io.stdout.write(global.json ? `${JSON.stringify(reportToJson(report), null, 2)}\n` : reportToText(report));
  return statusOf(report);
}

async function see(context: CommandContext<RingVerbOptions>, site: Site): Promise<LiveRing> {
  const { observed } = context.options;
  if (observed !== undefined) {
    const read = await readRing(context.io, observed, site.deployment);
    return { ring: read, asked: 0, opinions: [], disagreements: [], silent: [] };
  }
  const transport = openTransport(context.io);
  try {
    return await observeRing({ context, site, transport }).catch(asStatus);
  } finally {
    await transport.close();
  }
}

/** That nobody answered is an answer to the question how the ring is, as it is of `smc status`. */
function asStatus(error: unknown): never {
  if (!(error instanceof OperatorError) || error.code !== "RING_UNKNOWN") throw error;
  const { message, code, hint, details } = error;
  throw new OperatorError(message, {
    code,
    exit: StatusExitCode.Unreachable,
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function save({ io }: CommandContext<unknown>, file: string, observed: ObservedRing): Promise<void> {
  await writeOutput(io, { file, what: "ring", text: `${JSON.stringify(ringToJson(observed), null, 2)}\n` });
  io.stderr.write(`wrote ${file}: ${observed.nodes.length} nodes\n`);
}
