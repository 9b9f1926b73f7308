import { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { repairArgv, type RepairRequest } from "../../cassandra/nodetool/repair/argv.ts";
import { keyspaceLayout } from "../../cassandra/ring/identity.ts";
import type { RepairJob } from "../../cassandra/repair/segments.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../cassandra/version.ts";
import { fingerprint } from "../../plan/fingerprint.ts";
import type { Plan, RepairAction, Step, StepId } from "../../plan/model.ts";
import { assemblePlan } from "./assemble.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import type { DecidedJob, RepairDecision, RepairWish } from "./repair-rule.ts";
import { endpointOf } from "./ring-endpoint.ts";
import { beginPlanning, type PlanRequest } from "./request.ts";
import { instanceStep } from "./step.ts";

/** The longest that a job takes; large ones take hours, and a stall ends one much sooner. */
const JOB_TIMEOUT: Milliseconds = 24 * 60 * 60 * 1000;
/** Some comparisons of large trees show no progress for minutes. */
const STALL: Milliseconds = 30 * 60 * 1000;
/** For a repair that somebody else has begun. */
const PATIENCE: Milliseconds = 10 * 60 * 1000;
const ATTEMPTS = 3;
const PAUSE: Milliseconds = 5000;

/** What the planner needs beside the request. */
interface RepairWords {
  decision: RepairDecision;
  wish: Pick<RepairWish, "mode" | "dataCentres" | "width" | "intensity" | "since">;
}

/** The plan of a repair: one step a job, each after all that share a node with it. Throws an OperatorError (exit 3) for what the release cannot do. */
export function planRepair(request: PlanRequest, words: RepairWords): Plan {
  const { decision, wish } = words;
  const planning = beginPlanning(request);
  const instances = request.instances.map(planning.render);
  const byHost = new Map(instances.map(planned => [planned.host.name, planned]));
  const last = new Map<HostName, StepId>();
  const layouts = layoutsOf(decision);
  const steps = decision.waves.flat().map(job => {
    const after = [...new Set(job.hosts.flatMap(host => last.get(host) ?? []))];
    const step = jobStep(request, { words, job, after, byHost, layout: layouts.get(job.keyspace) ?? "" });
    job.hosts.forEach(host => last.set(host, step.id));
    return step;
  });
  const plan = assemblePlan(
    { ...request, ring: { ring: decision.ring, waves: [], refused: [], away: [] } },
    { instances, steps, onFailure: "halt" },
  );
  const total = Math.min(wish.width, Math.max(1, steps.length));
  return { ...plan, limits: { total, perHost: 1, turns: {} } };
}

interface StepParts {
  words: RepairWords;
  job: DecidedJob;
  after: readonly StepId[];
  byHost: ReadonlyMap<HostName, PlannedInstance>;
  /** The fingerprint of the ring as far as the keyspace goes. */
  layout: string;
}

/** By keyspace. */
function layoutsOf({ ring }: RepairDecision): Map<string, string> {
  return new Map(
    ring.keyspaces.map(keyspace => [keyspace.name, fingerprint(keyspaceLayout(ring.nodes, keyspace))]),
  );
}

function jobStep(request: PlanRequest, parts: StepParts): Step {
  const { words, job, after, byHost } = parts;
  const coordinator = nodeOn(byHost, job.host);
  const { keyspace, tables, scope, number, of, host } = job;
  const what = [keyspace, ...(tables.length === 0 ? [] : [`(${tables.join(", ")})`])].join(" ");
  const title =
    scope === "primary"
      ? `repair the primary ranges of ${host} in ${what}`
      : `repair part ${number} of ${of} of ${what} by ${host}`;
  const id = `repair ${keyspace} ${scope === "primary" ? host : `${number}/${of}`}`;
  const step = instanceStep(coordinator, {
    id,
    title,
    kind: "repair",
    action: actionOf(request, parts, coordinator),
    after,
    timeout: request.timeout ?? Math.round(JOB_TIMEOUT / words.wish.intensity),
  });
  return { ...step, stage: id };
}

function actionOf(
  { now }: PlanRequest,
  { words, job, byHost, layout }: StepParts,
  coordinator: PlannedInstance,
): RepairAction {
  const { decision, wish } = words;
  const version = releaseOf(decision, coordinator);
  const { tool } = coordinator.rendered;
  if (tool === undefined) throw new Error("a node of a ring has a tool");
  const { mode, dataCentres, intensity, since = now } = wish;
  const endpoint = endpointOf(coordinator);
  return {
    kind: "repair",
    keyspace: job.keyspace,
    tables: job.tables,
    mode,
    dataCentres,
    commands: scopesOf(job).map(({ scope, ranges }) => ({
      argv: [...tool.argv, ...repairArgv(requestOf(job, scope, wish), version)],
      ranges: ranges.map(({ after, upTo }) => ({ after: String(after), upTo: String(upTo) })),
    })),
    release: version.text,
    endpoint,
    layout: { kind: "layout", endpoint, keyspace: job.keyspace, layout },
    replicas: job.hosts.map(host => ({
      host,
      idle: { kind: "no-repair", endpoint: endpointOf(nodeOn(byHost, host)) },
    })),
    since: since.toISOString(),
    stall: STALL,
    patience: PATIENCE,
    attempts: ATTEMPTS,
    pause: PAUSE,
    rest: 1 / intensity - 1,
    ...(tool.runAs === undefined ? {} : { runAs: tool.runAs }),
  };
}

/** As the ring says it, else the services file. */
function releaseOf({ release }: RepairDecision, { rendered }: PlannedInstance): CassandraVersion {
  const { software } = rendered;
  const said = release ?? (software.kind === "artefact" ? software.artefact.version : "");
  const version = parseCassandraVersion(said);
  if (version !== undefined) return version;
  throw new OperatorError(`smc cannot tell the release of the nodes: "${said}"`, {
    code: "RELEASE_UNKNOWN",
    exit: ExitCode.Refused,
  });
}

/** nodetool takes the primary ranges of a node together, and other ranges one by one. */
function scopesOf({
  scope,
  ranges,
}: RepairJob): { scope: RepairRequest["scope"]; ranges: RepairJob["ranges"] }[] {
  if (scope === "primary") return [{ scope: { kind: "primary" }, ranges }];
  return ranges.map(range => ({
    scope: { kind: "range", start: range.after, end: range.upTo },
    ranges: [range],
  }));
}

function requestOf(
  { keyspace, tables }: DecidedJob,
  scope: RepairRequest["scope"],
  { mode, dataCentres }: RepairWords["wish"],
): RepairRequest {
  return { keyspace, tables, mode, parallelism: "parallel", scope, dataCentres };
}

function nodeOn(byHost: ReadonlyMap<HostName, PlannedInstance>, host: HostName): PlannedInstance {
  const planned = byHost.get(host);
  if (planned === undefined) throw new Error(`${host} is a node of the ring and not of the services file`);
  return planned;
}
