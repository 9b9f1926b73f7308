import { foldNames } from "../../base/host-ranges.ts";
import type { Probe } from "../../plan/model.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { Prober } from "../registry.ts";

type Everywhere = Extract<Probe, { kind: "everywhere" }>;
/** Different answers that are told in full; of a large ring in trouble every node may say something else. */
const MOST_EVIDENCE = 3;

type HostAnswer = ProbeAnswer & { host: string };

/** Asks all hosts at once. One no is a no, and final if it is so anywhere; else one that could not answer leaves it unknown. Equal evidence is told once. */
export const everywhere: Prober<Everywhere> = async ({ asked }, context) => {
  const answers = await Promise.all(
    asked.map(async ({ host, probe }) => ({ host, ...(await context.ask(probe, host)) })),
  );
  const holds = (["no", "unknown", "yes"] as const).find(word =>
    answers.some(answer => answer.holds === word),
  );
  const telling = answers.filter(answer => answer.holds === holds);
  const final = telling.some(answer => answer.final === true);
  return { holds: holds ?? "yes", evidence: evidenceOf(telling), ...(final ? { final } : {}) };
};

function evidenceOf(answers: readonly HostAnswer[]): string {
  const alike = [...Map.groupBy(answers, ({ evidence }) => evidence)];
  const told = alike
    .slice(0, MOST_EVIDENCE)
    .map(([evidence, group]) => `${foldNames(group.map(({ host }) => host))}: ${evidence}`);
  const more = alike.slice(MOST_EVIDENCE).flatMap(([, group]) => group.map(({ host }) => host));
  return [...told, ...(more.length === 0 ? [] : [`and ${foldNames(more)}`])].join("; ");
}
