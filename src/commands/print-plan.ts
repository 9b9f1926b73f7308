import { counted } from "../base/counted.ts";
import { ExitCode } from "../base/exit-code.ts";
import { foldNames } from "../base/host-ranges.ts";
import { explainHead, explainLines, explainPlan } from "../plan/explain.ts";
import type { Plan } from "../plan/model.ts";
import { describeRefusals, refusedByRing } from "../services/planners/ring-refusal.ts";
import type { RingDecision } from "../services/planners/ring-rule.ts";
import type { CommandContext } from "./model.ts";

/**
 * Prints what a plan would do, step by step, on stdout; with `--json` the plan itself beside it. Of a ring that was
 * observed: the waves as well, and who was refused and goes all the same.
 */
export function printPlan(context: CommandContext<unknown>, plan: Plan, ring?: RingDecision): ExitCode {
  return printPlanWith(context, plan, { json: ringToJson(ring), text: waveLines(ring) });
}

/** Prints a plan with what a verb has to say of it: keys of the JSON object, or lines after the head. */
export function printPlanWith(
  context: CommandContext<unknown>,
  plan: Plan,
  { json, text }: { json: object; text: string },
): ExitCode {
  const { stdout } = context.io;
  const steps = explainPlan(plan);
  if (context.global.json)
    stdout.write(`${JSON.stringify({ version: 1, dryRun: true, ...json, steps, plan }, null, 2)}\n`);
  else
    stdout.write(
      `${explainHead(plan)}${text}\n${steps.map((step, index) => explainLines(step, index + 1)).join("")}`,
    );
  return ExitCode.Done;
}

/**
 * Says that the rule of the ring refuses a verb: as an error, and with `--json` as an object with the waves of the nodes
 * that may go. Gives exit code 3; throws the OperatorError where it is not for scripts.
 */
export function printRefusal(
  context: CommandContext<unknown>,
  ring: RingDecision,
  words: { verb: string; service: string },
): ExitCode {
  const error = refusedByRing(ring, words);
  if (!context.global.json) throw error;
  const { code, message, details, hint } = error;
  const explanation = { code, message, details, hint };
  context.io.stdout.write(
    `${JSON.stringify({ version: 1, dryRun: true, ...ringToJson(ring), error: explanation }, null, 2)}\n`,
  );
  return error.exit;
}

function ringToJson(ring: RingDecision | undefined): object {
  return ring === undefined ? {} : { waves: ring.waves, refused: ring.refused };
}

function waveLines(ring: RingDecision | undefined): string {
  if (ring === undefined) return "";
  const { waves, refused } = ring;
  return [...(waves.length === 0 ? [] : describeWaves(waves)), ...lossLines(refused)]
    .map(line => `${line}\n`)
    .join("");
}

function describeWaves(waves: RingDecision["waves"]): string[] {
  if (waves.every(wave => wave.length === 1)) return [`${counted(waves.length, "wave")} of one node each`];
  return waves.map((wave, index) => `wave ${index + 1}: ${counted(wave.length, "node")}, ${foldNames(wave)}`);
}

/** Who goes all the same, and what that costs. */
function lossLines(refused: RingDecision["refused"]): string[] {
  if (refused.length === 0) return [];
  const hosts = foldNames(refused.map(({ host }) => host));
  return [
    `--allow-loss: ${hosts} ${refused.length === 1 ? "goes" : "go"} all the same, and meanwhile a quorum is lost:`,
    ...describeRefusals(refused).map(line => `  ${line}`),
  ];
}
