import type { Probe } from "../../plan/model.ts";
import { describeEnd, hasAnswered, outputTail } from "../command-failure.ts";
import type { Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { excerpt } from "./excerpt.ts";

/** Holds when the program ends with 0 and, where that is asked, its output matches. */
export const command: Prober<Extract<Probe, { kind: "command" }>> = async (probe, context) => {
  const result = await context.connection.run(probe.argv, runOptions(context, probe.runAs));
  if (!hasAnswered(result)) return { holds: "unknown", evidence: describeEnd(result) };
  const said = excerpt(outputTail(result), context);
  if (!result.ok) {
    const evidence = `${describeEnd(result)}${said === "" ? "" : `: ${said}`}`;
    return {
      holds: "no",
      evidence,
      ...(probe.steady === true ? { final: true, output: outputTail(result) } : {}),
    };
  }
  const program = probe.argv[0] ?? "";
  if (probe.stdout === undefined) return { holds: "yes", evidence: `${program} succeeded` };
  return new RegExp(probe.stdout, "m").test(result.stdout)
    ? { holds: "yes", evidence: said === "" ? `${program} answered as it should` : said }
    : { holds: "no", evidence: `${program} answered ${said === "" ? "nothing" : said}` };
};
