import { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { yamlChanges, type YamlChange } from "../../cassandra/upgrade/yaml-changes.ts";
import { isMajorStep } from "../../cassandra/upgrade/path.ts";
import { atRelease, wantedRelease } from "../../services/cassandra/release.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import { planInstance, type PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import type { Deployment } from "../../inventory/model.ts";
import type { Switch } from "./model.ts";

/** What is to come, for people: who goes from where, in which waves, and with which changed keys. */
export function describeSwitch({ words, ring, plan, request }: Switch): string {
  const { to } = words;
  const going = new Set(ring.waves.flat());
  const from = Map.groupBy(
    [...words.from].filter(([host]) => going.has(host)),
    ([, release]) => release.text,
  );
  return [
    ...[...from].map(
      ([release, hosts]) => `${foldNames(hosts.map(([host]) => host))}: ${release} → ${to.text}`,
    ),
    `${ring.waves.length} waves: ${ring.waves.map(wave => foldNames(wave)).join("; ")}`,
    ...changesOf({ words, plan, request }).map(describeChange),
    "",
  ].join("\n");
}

/** The same for scripts. */
export function switchToJson({ words, ring, wish, plan, request }: Switch): object {
  const from = Object.fromEntries([...words.from].map(([host, release]) => [host, release.text]));
  const config = changesOf({ words, plan, request });
  return { from, to: words.to.text, direction: wish.direction, waves: ring.waves, config };
}

/** What the operator does next. `paused`: the run ended before all nodes had gone, as was asked for. */
export function afterwards(
  deployment: Deployment,
  decided: Pick<Switch, "wish" | "words">,
  { code, paused }: { code: ExitCode; paused: boolean },
): string {
  const { to, direction } = decided.wish;
  if (code !== ExitCode.Done || paused) {
    const goesOn = code === ExitCode.Done ? "next: smc resume  goes on with the nodes that are left\n" : "";
    return `${goesOn}note: smc status cassandra  shows which node runs what; until all run one release, smc refuses repairs and changes of schema and users\n`;
  }
  const wanted = nodesOf(deployment).some(node => wantedRelease(node).text !== to.text);
  const file = `next: set version: ${to.text} in the services file; until then smc start and restart refuse these nodes\n`;
  return `${wanted ? file : ""}${direction === "up" ? endOf(decided.words) : ""}`;
}

/** Within a line nodes write the same formats before and after: nothing is to be ended. */
function endOf({ from, to }: Switch["words"]): string {
  const snapshots =
    "note: the snapshots smc-upgrade-…  keep files that compaction would free: smc snapshot list, smc snapshot delete NAME\n";
  const major = [...from.values()].some(release => isMajorStep(release, to));
  return `${major ? "next: smc upgrade cassandra --finish  when nobody wants to go back any more\n" : ""}${snapshots}`;
}

/** What differs in the cassandra.yaml of the first node that goes, between the file as it would be for its release and the new one. */
function changesOf({ words, plan, request }: Pick<Switch, "words" | "plan" | "request">): YamlChange[] {
  const [first] = request.instances;
  const from = first === undefined ? undefined : words.from.get(first.host);
  if (first === undefined || from === undefined) return [];
  const old = nodeAt(request, first.name, from);
  const path = old.rendered.files.find(file => file.path.endsWith("/cassandra.yaml"))?.path ?? "";
  const before = old.rendered.files.find(file => file.path === path)?.content ?? [];
  const written = plan.steps.find(
    ({ action, instance }) => instance === first.name && action.kind === "put" && action.path === path,
  );
  if (written?.action.kind !== "put") return [];
  return yamlChanges(textOf(before), textOf(written.action.content));
}

function nodeAt(
  request: PlanRequest,
  name: string,
  version: Parameters<typeof atRelease>[1]["version"],
): PlannedInstance {
  const deployment = atRelease(request.deployment, { version });
  const instance = deployment.instances.find(candidate => candidate.name === name);
  if (instance === undefined) throw new Error(`${name} is no instance of ${deployment.name}`);
  return planInstance({ ...request, deployment }, instance);
}

function textOf(content: readonly (string | { secret: string })[]): string {
  return content.map(part => (typeof part === "string" ? part : "secret")).join("");
}

function describeChange({ key, before, after }: YamlChange): string {
  return `cassandra.yaml: ${key}: ${before ?? "(not there)"} → ${after ?? "(not there)"}`;
}
