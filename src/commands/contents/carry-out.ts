import { ExitCode } from "../../base/exit-code.ts";
import { changesOf, type ContentPlan } from "../../cassandra/contents/change.ts";
import type { Plan } from "../../plan/model.ts";
import { renderTable } from "../../report/table.ts";
import { ringContent } from "../../services/cassandra/setup.ts";
import { planContents } from "../../services/planners/contents.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import type { CommandContext, Io } from "../model.ts";
import { printPlanWith } from "../print-plan.ts";
import { renderingSite } from "../selected-hosts.ts";
import { ringNodes, type RingAsk } from "./ask-ring.ts";

/** The differences that were found, and what is to come of them. */
export interface ContentVerb {
  content: ContentPlan;
  /** The node that answered. */
  node: PlannedInstance;
  /** Carry it out; else it is only shown, as with `--dry-run`. */
  apply: boolean;
  /** Asked before anything is changed. */
  question?: string;
}

/**
 * Shows what differs, before and after, and carries the changes out by the engine. Nothing different is `unchanged`, exit 0.
 * What the changes make necessary is said at the end.
 */
export async function carryOut(ask: RingAsk, verb: ContentVerb): Promise<ExitCode> {
  const { context, site, transport } = ask;
  const { content } = verb;
  const plan = planOf(ask, verb);
  if (!verb.apply || context.global.dryRun) return show(context, content, plan);
  if (changesOf(content).length === 0) return unchanged(context, content, context.io.stderr);
  if (!context.global.json && !context.global.quiet) {
    context.io.stderr.write(differences(content) + notes(content));
  }
  if (verb.question !== undefined) await confirm(context, verb.question);
  const code = await executePlan({ context, site, transport, plan });
  if (code === ExitCode.Done && !context.global.json) context.io.stderr.write(next(content));
  return code;
}

function planOf(ask: RingAsk, { content, node }: ContentVerb): Plan {
  const { context, site } = ask;
  const { global } = context;
  const request = {
    ...renderingSite(context, site),
    command: context.argv,
    instances: ringNodes(ask).map(({ instance }) => instance),
    parallel: undefined,
    keepGoing: global.keepGoing,
    observed: new Map(),
    now: new Date(),
    timeout: global.timeout,
  };
  return planContents(request, { node, logins: ringContent(site.deployment), content });
}

function show(context: CommandContext<unknown>, content: ContentPlan, plan: Plan): ExitCode {
  if (changesOf(content).length === 0) return unchanged(context, content, context.io.stdout);
  const text = differences(content) + notes(content) + next(content);
  return printPlanWith(context, plan, { json: toJson(content), text });
}

function unchanged(
  { io, global }: CommandContext<unknown>,
  content: ContentPlan,
  output: Io["stdout"],
): ExitCode {
  if (global.json) {
    const answer = { version: 1, outcome: "done", ...toJson(content) };
    io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else if (!global.quiet) output.write(differences(content) + notes(content));
  return ExitCode.Done;
}

function toJson(content: ContentPlan): object {
  const changes = changesOf(content).map(({ subject, before, after }) => ({ subject, before, after }));
  return { changes, notes: content.notes, next: content.next.map(command => `smc ${command}`) };
}

function differences(content: ContentPlan): string {
  const changes = changesOf(content);
  if (changes.length === 0) return "unchanged: nothing differs\n";
  return renderTable(
    ["what", "before", "after"],
    changes.map(({ subject, before, after }) => [subject, before, after]),
  );
}

function notes({ notes: lines }: ContentPlan): string {
  return lines.map(line => `note: ${line}\n`).join("");
}

function next({ next: commands }: ContentPlan): string {
  return commands.map(command => `next: smc ${command}\n`).join("");
}
