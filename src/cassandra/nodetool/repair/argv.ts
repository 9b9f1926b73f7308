import semver from "semver";
import { ExitCode } from "../../../base/exit-code.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import type { Token } from "../../ring/model.ts";
import type { CassandraVersion } from "../../version.ts";

/** What to repair, and how. */
export interface RepairRequest {
  keyspace: string;
  /** All when there are none. */
  tables: readonly string[];
  mode: "full" | "incremental";
  /** Of the replicas of a range: one after the other on snapshots, all at once, or one data centre after the other's first. */
  parallelism: "sequential" | "parallel" | "dc-parallel";
  /** All ranges of the node, those that it is the first replica of, or `(start, end]`. */
  scope: { kind: "all" } | { kind: "primary" } | { kind: "range"; start: Token; end: Token };
  /** Repair only with replicas in these; all when there are none. */
  dataCentres: readonly string[];
}

/** Releases in which a repair is asked for in one way. */
interface Dialect {
  /** What a repair is when no flag says otherwise. */
  defaults: Pick<RepairRequest, "mode" | "parallelism">;
  /** The flag for what is not the default. A mode or parallelism without one cannot be asked for. */
  flags: Partial<Record<RepairRequest["mode"] | RepairRequest["parallelism"], string>>;
  /** Whether several data centres are one word. */
  dataCentres: "refused" | "joined" | "repeated";
}

const SNAPSHOTS: Dialect = {
  defaults: { mode: "full", parallelism: "parallel" },
  flags: { sequential: "-snapshot" },
  dataCentres: "refused",
};
const SEQUENTIAL: Dialect = {
  defaults: { mode: "full", parallelism: "sequential" },
  flags: { parallel: "-par" },
  dataCentres: "joined",
};
/** By the first release that has it: CASSANDRA-5950 (2.0.2), CASSANDRA-6218 (`-dc`, read in 2.0.4), 5351 (2.1), 7250 (2.2). */
const DIALECTS: readonly (readonly [string, Dialect])[] = [
  [
    "2.2.0",
    {
      defaults: { mode: "incremental", parallelism: "parallel" },
      flags: { full: "-full", sequential: "-seq", "dc-parallel": "-dcpar" },
      dataCentres: "repeated",
    },
  ],
  [
    "2.1.0",
    {
      ...SEQUENTIAL,
      flags: { incremental: "-inc", parallel: "-par", "dc-parallel": "-dcpar" },
      dataCentres: "repeated",
    },
  ],
  ["2.0.4", SEQUENTIAL],
  ["2.0.2", { ...SEQUENTIAL, dataCentres: "refused" }],
];

/**
 * The words of nodetool for a repair on a node of `version`, which differ a good deal between releases. Throws an
 * OperatorError (`REPAIR_UNSUPPORTED`) that says everything in the request that this release cannot do, or does in another
 * way than was asked.
 */
export function repairArgv(request: RepairRequest, version: CassandraVersion): readonly string[] {
  const release = `${version.major}.${version.minor}.${version.patch}`;
  const dialect = DIALECTS.find(([first]) => semver.gte(release, first))?.[1] ?? SNAPSHOTS;
  const details = [...missingFlags(request, dialect), ...contradictions(request, release)];
  if (details.length > 0) {
    throw new OperatorError(`Cassandra ${version.text} cannot repair ${request.keyspace} like this`, {
      code: "REPAIR_UNSUPPORTED",
      exit: ExitCode.Refused,
      details,
    });
  }
  const { mode, parallelism } = request;
  const asked = [mode, parallelism].filter(
    word => word !== dialect.defaults.mode && word !== dialect.defaults.parallelism,
  );
  return [
    "repair",
    ...asked.flatMap(word => dialect.flags[word] ?? []),
    ...scopeWords(request.scope),
    ...dataCentreWords(request.dataCentres, dialect),
    request.keyspace,
    ...request.tables,
  ];
}

function missingFlags({ mode, parallelism, dataCentres }: RepairRequest, dialect: Dialect): string[] {
  const { defaults, flags } = dialect;
  return [
    ...(mode === defaults.mode || flags[mode] !== undefined ? [] : [`it has no ${mode} repair`]),
    ...(parallelism === defaults.parallelism || flags[parallelism] !== undefined
      ? []
      : [`it has no ${parallelism} repair`]),
    ...(dataCentres.length === 0 || dialect.dataCentres !== "refused"
      ? []
      : ["it cannot repair within named data centres; 2.0.4 and later can"]),
  ];
}

/** What nodetool or the node refuses, or takes and then does not do. */
function contradictions(
  { mode, parallelism, scope, dataCentres, tables }: RepairRequest,
  release: string,
): string[] {
  const incremental = mode === "incremental";
  const before = (first: string) => semver.lt(release, first);
  const rules: readonly (readonly [boolean, string])[] = [
    [
      scope.kind === "primary" && dataCentres.length > 0,
      "primary ranges are repaired on all nodes of all data centres: leave the data centres out",
    ],
    [
      scope.kind === "range" && scope.start === scope.end,
      "a range ends where it starts: repair all ranges instead",
    ],
    [
      incremental && parallelism !== "parallel" && before("2.2.0"),
      "incremental repair is parallel before 2.2: the node refuses any other, and nodetool exits 0",
    ],
    [
      incremental && scope.kind === "range" && before("4.0.0"),
      "an incremental repair of a range is refused, or done without marking what it repaired, before 4.0 (CASSANDRA-10422)",
    ],
    [
      scope.kind === "range" && tables.length > 0 && semver.satisfies(release, ">=2.1.0 <2.1.16"),
      "the tables are ignored when there is a range, before 2.1.16: all tables would be repaired",
    ],
  ];
  return rules.filter(([applies]) => applies).map(([, reason]) => reason);
}

function scopeWords(scope: RepairRequest["scope"]): readonly string[] {
  if (scope.kind === "all") return [];
  return scope.kind === "primary" ? ["-pr"] : ["-st", String(scope.start), "-et", String(scope.end)];
}

function dataCentreWords(names: readonly string[], dialect: Dialect): readonly string[] {
  if (names.length === 0) return [];
  return dialect.dataCentres === "joined" ? ["-dc", names.join(",")] : names.flatMap(name => ["-dc", name]);
}
