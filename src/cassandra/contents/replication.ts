import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { identifier, replicationMap } from "../cql-text.ts";
import type { ConsistencyLevel, ObservedRing, Replication } from "../ring/model.ts";
import { describeReplicas, type Replicas } from "../setup.ts";
import type { Change, ContentPlan } from "./change.ts";
import { placementProblems } from "./data-centres.ts";
import { describeDifference, differenceOf, present, type Difference } from "./difference.ts";
import { loginChanges, LOGINS, usualLoginReplicas } from "./login-replicas.ts";
import { movementOf, type Movement } from "./stale-reads.ts";

/** What is wanted of the keyspaces of a ring, and what is known of both. */
export interface ReplicationRequest {
  ring: ObservedRing;
  /** Replicas by keyspace and data centre, of the services file. */
  wanted: Readonly<Record<string, Replicas>>;
  /** The level that clients use. */
  level: ConsistencyLevel;
  /** Change it even where reads may miss what was written, until the repair is done. */
  allowStale: boolean;
}

/**
 * The statements that give every keyspace of the services file the replicas that it says: one for each keyspace; for the
 * logins one for each replica more, with all of them read from all replicas in between, so that nobody is locked out.
 * Keyspaces of which the file says nothing are left alone. Throws an OperatorError (exit 3) with every reason why
 * something of it cannot be.
 */
export function planReplication(request: ReplicationRequest): ContentPlan {
  const { ring } = request;
  const nodes = nodesByCentre(ring);
  const wanted = { [LOGINS]: usualLoginReplicas(ring.keyspaces, nodes), ...request.wanted };
  const differing = Object.entries(wanted).flatMap(([name, replicas]) =>
    differenceOf(ring.keyspaces, name, replicas),
  );
  const problems = [
    ...Object.entries(wanted).flatMap(([name, replicas]) => placementProblems(name, replicas, nodes)),
    ...differing.flatMap(localProblems),
    ...(differing.length === 0 ? [] : awayProblems(ring)),
  ];
  if (problems.length > 0) throw impossible(problems);
  const moved = differing.map(difference => ({ difference, movement: movement(request, difference) }));
  if (!request.allowStale) refuseStale(request, moved);
  const changes = moved.flatMap(({ difference }) => changesFor(difference, nodes));
  return {
    parts: changes.length === 0 ? [] : [WHOLE_BEFORE, ...changes, WHOLE_AFTER],
    notes: [...moved.flatMap(notesOn), ...unnamed(ring, wanted)],
    next: moved.flatMap(({ difference, movement: { gained } }) =>
      gained > 0 ? [`repair --full ${difference.name}`] : [],
    ),
  };
}

const WHOLE_BEFORE = { kind: "ring", title: "see the whole ring with one schema" } as const;
const WHOLE_AFTER = { kind: "ring", title: "see the new schema on every node" } as const;
const NOTHING: Movement = { gained: 0, lost: 0, stale: 0, ranges: 0 };

interface Moved {
  difference: Difference;
  movement: Movement;
}

function nodesByCentre({ nodes }: ObservedRing): Replicas {
  const groups = Map.groupBy(nodes, ({ dc }) => dc);
  return Object.fromEntries([...groups].map(([dc, members]) => [dc, members.length]));
}

function localProblems({ name, before }: Difference): string[] {
  if (before?.replication.strategy === "local")
    return [`${name}: every node has its own, it has no replicas`];
  return before === undefined && name.startsWith("system")
    ? [`${name}: this release has no such keyspace`]
    : [];
}

/** A node that is away learns of a change late, and what it was to hold is missing until then. */
function awayProblems({ nodes }: ObservedRing): string[] {
  return nodes
    .filter(({ state, mode }) => state !== "up" || mode !== "normal")
    .map(
      ({ host, state, mode }) =>
        `${host} is ${state === "up" ? mode : state}: replicas do not move while a node is away`,
    );
}

function movement({ ring, level }: ReplicationRequest, { name, before, after }: Difference): Movement {
  if (before === undefined) return NOTHING;
  const replication: Replication = { strategy: "network", factors: after };
  return movementOf(ring, { before, after: { name, replication } }, level);
}

/** The logins are read from all replicas while they are raised; what Cassandra keeps of its own work no client reads. */
function refuseStale({ level }: ReplicationRequest, moved: readonly Moved[]): void {
  const details = moved
    .filter(({ difference: { name }, movement: { stale } }) => stale > 0 && !name.startsWith("system"))
    .map(
      ({ difference: { name }, movement: { stale, ranges } }) =>
        `${name}: reads at ${level} may miss what was written, in ${stale} of ${ranges} ranges, until a full repair is done`,
    );
  if (details.length === 0) return;
  throw new OperatorError("clients would read old data or none: nothing was touched", {
    code: "READS_STALE",
    exit: ExitCode.Refused,
    details,
    hint: "change one replica at a time, with smc repair --full KEYSPACE after each; or --allow-stale where nobody reads it yet",
  });
}

function changesFor(difference: Difference, nodes: Replicas): Change[] {
  if (difference.name === LOGINS) return loginChanges(difference, nodes);
  const { name, after } = difference;
  const words = difference.before === undefined ? "CREATE" : "ALTER";
  return [
    {
      ...describeDifference(difference),
      title: `${words === "CREATE" ? "make" : "replicate"} ${name} ${describeReplicas(after)}`,
      statements: [
        [`${words} KEYSPACE ${identifier(name)} WITH replication = ${replicationMap(present(after))}`],
      ],
      consistency: "quorum",
    },
  ];
}

function notesOn({ difference: { name }, movement: { lost } }: Moved): string[] {
  if (lost === 0) return [];
  return [`${name}: nodes keep on disk what they no longer hold, until nodetool cleanup ${name} on each`];
}

function unnamed({ keyspaces }: ObservedRing, wanted: object): string[] {
  const names = keyspaces
    .map(({ name }) => name)
    .filter(name => !name.startsWith("system") && !(name in wanted));
  return names.length === 0
    ? []
    : [`in the ring and not in the services file, left alone: ${names.join(", ")}`];
}

function impossible(details: readonly string[]): OperatorError {
  return new OperatorError("the ring cannot be replicated so: nothing was touched", {
    code: "REPLICATION_IMPOSSIBLE",
    exit: ExitCode.Refused,
    details,
    hint: "smc ring  shows its data centres and nodes; replication: in the services file says what is wanted",
  });
}
