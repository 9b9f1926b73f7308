import { counted } from "../../../base/counted.ts";
import { ExitCode } from "../../../base/exit-code.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { select } from "../../../inventory/selection.ts";
import { rebootNote } from "../../../services/release/packages/decide.ts";
import { confirm } from "../../confirm.ts";
import { executePlan } from "../../execute.ts";
import { loadSite, type Site } from "../../load.ts";
import type { CommandContext } from "../../model.ts";
import { openTransport } from "../../open-transport.ts";
import { pauseRule } from "../../pause.ts";
import { printPlanWith } from "../../print-plan.ts";
import { requireSmoke } from "../smoke.ts";
import { tellUnchanged } from "../unchanged.ts";
import { readPins } from "./file.ts";
import { lookForReboots } from "./look.ts";
import type { PackagesAsk } from "./model.ts";
import { preparePackages } from "./prepare.ts";
import { describePackages, notesOf, packagesToJson } from "./report.ts";
import { writeDown } from "./write-down.ts";
import { readPackagesWish, writtenTo, type PackagesOptions } from "./words.ts";

/**
 * `smc release packages [host…]`: brings the packages of the distribution to other versions, in batches and in the waves of the ring, or
 * back. With `--dry-run` hosts are only looked at.
 */
export async function releasePackages(
  context: CommandContext<PackagesOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const { on } = context.global;
  const wish = readPackagesWish({ hosts: words, on }, context.options);
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  requireHosts(site);
  if (writtenTo(wish) !== undefined) requireSmoke(site.deployment);
  const named = select(site.deployment.hosts, [...words, ...(on === undefined ? [] : [on])]);
  const hosts = named.filter(({ managed }) => managed);
  const transport = openTransport(context.io);
  try {
    return await carryOut({ context, site, transport, wish, hosts });
  } finally {
    await transport.close();
  }
}

async function carryOut(ask: PackagesAsk): Promise<ExitCode> {
  const { context, site, transport, wish } = ask;
  const { io, global, options } = context;
  const prepared = await preparePackages(
    ask,
    wish.kind === "from" ? await readPins(io, wish.file) : undefined,
  );
  const out = writtenTo(wish);
  const { plan, decision } = prepared;
  const text = describePackages(prepared);
  if (global.dryRun) return printPlanWith(context, plan, { json: packagesToJson(prepared), text });
  const speaks = !global.json && !global.quiet;
  if (speaks) io.stderr.write(text);
  if (decision.changes.length === 0 && out === undefined) return tellUnchanged(context);
  if (decision.changes.length > 1) {
    const packages = decision.changes.reduce((sum, { changes }) => sum + changes.length, 0);
    const what = `${counted(packages, "package")} on ${counted(decision.changes.length, "host")}`;
    const verb = prepared.direction === "back" ? "put back" : "upgrade";
    await confirm(context, `${verb} ${what} of ${site.deployment.name}?`);
  }
  const code = await executePlan({ context, site, transport, plan, pause: pauseRule(options) });
  if (speaks) await tellOfReboots(ask);
  if (speaks && code === ExitCode.Failed && prepared.direction === "forward")
    io.stderr.write("next: smc resume, or smc release packages --rollback  for what earlier batches got\n");
  return code === ExitCode.Done && out !== undefined ? writeDown(ask, prepared, out) : code;
}

async function tellOfReboots(ask: PackagesAsk): Promise<void> {
  const states = await lookForReboots(ask);
  const notes = states.flatMap(({ host, state }) => rebootNote(state).map(note => ({ host, note })));
  ask.context.io.stderr.write(
    notesOf(notes)
      .map(line => `${line}\n`)
      .join(""),
  );
}

/** On `local` everything runs as the user at the keyboard, who is not smc's to change packages for. */
function requireHosts({ deployment }: Site): void {
  if (deployment.transport !== "local") return;
  throw new OperatorError(`${deployment.name} runs as you on this machine: its packages are yours`, {
    code: "HOST_IS_LOCAL",
    hint: "sudo apt upgrade  upgrades them",
  });
}
