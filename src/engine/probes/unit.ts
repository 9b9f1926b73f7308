import type { Probe } from "../../plan/model.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ProbeContext, Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { lastWords } from "../units/last-words.ts";
import type { UnitStatus } from "../units/status.ts";
import { unitStatus } from "../units/unit-statuses.ts";
import { excerpt } from "./excerpt.ts";

type UnitProbe = Extract<Probe, { kind: "unit" }>;

/** Holds when the unit runs, or when nothing of it does; `not` asks for another start of it than that one, `is` for that very one. */
export const unit: Prober<UnitProbe> = async (probe, context) => {
  const status = await unitStatus(context.connection, probe.unit, runOptions(context, probe.runAs));
  const { state, evidence } = status;
  if (state === "unknown") return { holds: "unknown", evidence };
  if (probe.state === "stopped") return { holds: state === "running" ? "no" : "yes", evidence };
  return state === "running" ? answerOfRunning(probe, status) : answerOfEnded(probe, status, context);
};

function answerOfRunning({ not, is }: UnitProbe, { identity, evidence, ending }: UnitStatus): ProbeAnswer {
  if (ending === true) return { holds: "no", evidence };
  if (is !== undefined && identity !== is) return { holds: "no", evidence: `${evidence}, started anew` };
  if (not === undefined || identity !== not) return { holds: "yes", evidence };
  return { holds: "no", evidence: `${evidence}, still the one from before` };
}

/** With the last words of a unit that nothing brings back: they tell why better than its exit code. */
async function answerOfEnded(
  { unit, runAs }: UnitProbe,
  { evidence, ended }: UnitStatus,
  context: ProbeContext,
): Promise<ProbeAnswer> {
  if (ended !== true) return { holds: "no", evidence };
  const words = excerpt(await context.redactAll(await lastWords(context.connection, { unit, runAs })));
  return { holds: "no", final: true, evidence: words === "" ? evidence : `${evidence}; it said: ${words}` };
}
