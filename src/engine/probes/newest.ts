import { formatDuration } from "../../base/units.ts";
import type { Probe } from "../../plan/model.ts";
import { describeEnd, hasAnswered, outputTail } from "../command-failure.ts";
import type { Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { excerpt } from "./excerpt.ts";

/** Prints the time of the host and the modification time of the newest entry, both by the host's own clock. */
const SCRIPT = `date +%s && find "$1" -mindepth 1 -maxdepth 1 -printf '%T@ %f\\n' | sort -n | tail -n 1`;

/** Holds when the newest entry of the folder is young enough. An empty folder is a no. */
export const newest: Prober<Extract<Probe, { kind: "newest" }>> = async (probe, context) => {
  const { folder, maxAge, runAs } = probe;
  const result = await context.connection.run(
    ["sh", "-c", SCRIPT, "newest", folder],
    runOptions(context, runAs),
  );
  if (!hasAnswered(result)) return { holds: "unknown", evidence: describeEnd(result) };
  if (result.stderr.trim() !== "")
    return { holds: "no", evidence: excerpt(outputTail({ ...result, stdout: "" }), context) };
  const [now = "", entry = ""] = result.stdout.split("\n");
  if (!result.ok || !/^\d+$/.test(now)) return { holds: "unknown", evidence: describeEnd(result) };
  const match = /^(\d+)(?:\.\d+)? (.+)$/.exec(entry);
  if (match === null) return { holds: "no", evidence: `${folder} is empty` };
  const age = Math.max(0, Number(now) - Number(match[1])) * 1000;
  const evidence = `the newest entry of ${folder}, ${match[2]}, is ${formatDuration(age)} old`;
  return { holds: age <= maxAge ? "yes" : "no", evidence };
};
