import { columnsOf, type ColumnReader } from "./columns.ts";
import { NodetoolOutput } from "./output.ts";
import { COUNT, UUID } from "./values.ts";

/** What a node's compaction threads do: compactions, and validations, cleanups, scrubs, index builds, … */
export interface CompactionReport {
  pending: number;
  /** From 3.0 on. */
  pendingByTable: readonly { keyspace: string; table: string; tasks: number }[];
  running: readonly RunningCompaction[];
  /** Seconds; `unknown` (`n/a`) without a limit on throughput, undefined when nodetool does not say. */
  remaining: number | "unknown" | undefined;
  /** By nodetool's own names, in its order; from 5.0 on. */
  totals: readonly { name: string; value: string }[];
}

interface RunningCompaction {
  /** From 2.2 on. */
  id: string | undefined;
  /** `Compaction`, `Validation` (a repair builds its trees), `Cleanup`, `Anticompaction after repair`, … */
  kind: string;
  /** Undefined for work on no table, such as `Index summary redistribution`. */
  keyspace: string | undefined;
  table: string | undefined;
  completed: number;
  total: number;
  /** `bytes`, `keys`, `ranges`, `token range parts`. */
  unit: string;
  /** Percent; undefined (`n/a`) while the total is 0. */
  progress: number | undefined;
}

/** The columns, which differ in whether there is an id, and in what a table is called. */
const HEADINGS = [
  ["compaction type", "keyspace", "column family"],
  ["compaction type", "keyspace", "table"],
  ["id", "compaction type", "keyspace", "table"],
].map(names => [...names, "completed", "total", "unit", "progress"]);

const ROW_PATTERNS: Readonly<Record<string, RegExp>> = {
  id: new RegExp(`^${UUID}$`),
  kind: /^[A-Z][A-Za-z_]*(?: [A-Za-z_]+)*$/,
  keyspace: /^\w*$/,
  table: /^[\w.-]*$/,
  completed: new RegExp(`^${COUNT}$`),
  total: new RegExp(`^${COUNT}$`),
  unit: /^[a-z]+(?: [a-z]+)*$/,
  progress: /^(?:\d+\.\d\d%|n\/a)$/,
};

/** What 5.0 and later tell of all compactions since the start. */
const TOTALS = [
  String.raw`(compactions completed)\s+(${COUNT})`,
  String.raw`((?:compressed )?data compacted)\s+(${COUNT})`,
  String.raw`(compactions aborted)\s+(${COUNT})`,
  String.raw`(compactions reduced)\s+(${COUNT})`,
  String.raw`(sstables dropped from compaction)\s+(${COUNT})`,
  String.raw`(15 minute rate)\s+(\d+\.\d\d\/minute)`,
  String.raw`(mean rate)\s+(\d+\.\d\d\/hour)`,
  String.raw`(compaction throughput \(MiB\/s\))\s+(\d+\.\d+|throttling disabled \(0\))`,
  String.raw`(current compaction throughput \(\d+ minute\))\s+(\d+\.\d+ MiB\/s)`,
].map(pattern => new RegExp(`^${pattern}$`));

/** How pending tasks are told, and those of one table. In 5.0 a row of a table looks like a total of two words. */
const OLD_FORMS = {
  pending: new RegExp(`^pending tasks: (${COUNT})$`),
  table: new RegExp(String.raw`^- (\w+)\.([\w.-]+): (${COUNT})$`),
};
const FORMS = {
  pending: new RegExp(String.raw`^pending tasks\s+(${COUNT})$`),
  table: new RegExp(
    String.raw`^(?!pending tasks |compactions (?:completed|aborted|reduced) |data compacted )(\w+)\s+([\w.-]+)\s+(${COUNT})$`,
  ),
};

const REMAINING = /^[Aa]ctive compaction remaining time(?: :)?\s+(?:(0|[1-9]\d*)h([0-5]\d)m([0-5]\d)s|n\/a)$/;

/**
 * Reads `nodetool compactionstats` without `-H` and `-V`. The formats are those of NodeCmd (1.2, 2.0), NodeTool (2.1) and
 * CompactionStats, which tells more from 5.0 on. Up to 2.0 columns have a fixed width: a keyspace of more than 16
 * characters runs into its table, and is refused. Throws an OperatorError that names the line when there is one that it does not know.
 */
export function parseCompactionStats(output: string): CompactionReport {
  const lines = new NodetoolOutput("compactionstats", output);
  const compactors = lines.match(new RegExp(String.raw`^(concurrent compactors)\s+(${COUNT})$`));
  const forms = compactors === undefined ? OLD_FORMS : FORMS;
  const [pending] = lines.expect(forms.pending, "pending tasks");
  const pendingByTable = readPendingByTable(lines, forms.table, Number(pending));
  const totals = compactors === undefined ? [] : [compactors, ...lines.many(() => readTotal(lines))];
  lines.distinct(
    totals.map(([name = ""]) => name),
    "total",
  );
  const running = readTable(lines);
  const remaining = readRemaining(lines);
  lines.end("a compaction or the remaining time");
  return {
    pending: Number(pending),
    pendingByTable,
    running,
    remaining,
    totals: totals.map(([name = "", value = ""]) => ({ name, value })),
  };
}

function readPendingByTable(
  lines: NodetoolOutput,
  row: RegExp,
  pending: number,
): CompactionReport["pendingByTable"] {
  const tables = lines
    .many(() => lines.match(row))
    .map(([keyspace = "", table = "", tasks]) => ({
      keyspace,
      table,
      tasks: Number(tasks),
    }));
  const sum = tables.reduce((count, { tasks }) => count + tasks, 0);
  if (tables.length > 0 && sum !== pending) throw lines.unreadable("pending tasks that add up", true);
  return tables;
}

function readTotal(lines: NodetoolOutput): readonly string[] | undefined {
  for (const pattern of TOTALS) {
    const groups = lines.match(pattern);
    if (groups !== undefined) return groups;
  }
  return undefined;
}

function readTable(lines: NodetoolOutput): readonly RunningCompaction[] {
  const [header] = lines.match(/^( *(?:id +)?compaction type .*)$/) ?? [];
  if (header === undefined) return [];
  const layouts = HEADINGS.map(names => {
    const table = names.includes("table") ? "table" : "column family";
    return { cut: columnsOf(header, names, table), hasId: names.includes("id") };
  });
  const { cut, hasId } = layouts.find(layout => layout.cut !== undefined) ?? {};
  if (cut === undefined || hasId === undefined) throw lines.unreadable("the names of the columns", true);
  const running = lines.many(() => readRow(lines, cut, hasId));
  if (running.length === 0) throw lines.unreadable("a compaction");
  return running;
}

function readRow(lines: NodetoolOutput, cut: ColumnReader, hasId: boolean): RunningCompaction | undefined {
  const groups = lines.match(/^(.*\d.*(?:%|n\/a))$/);
  if (groups === undefined) return undefined;
  const cells = cut(groups[0] ?? "") ?? [];
  const [id, kind = "", keyspace = "", table = "", completed = "", total = "", unit = "", progress = ""] =
    hasId ? cells : [undefined, ...cells];
  const row = {
    kind,
    keyspace,
    table,
    completed,
    total,
    unit,
    progress,
    ...(id === undefined ? {} : { id }),
  };
  const wrong = Object.entries(row).find(([name, text]) => ROW_PATTERNS[name]?.test(text) !== true);
  const half = (keyspace === "") !== (table === "");
  if (wrong !== undefined || half || (hasId && id === undefined))
    throw lines.unreadable("a row that fits the columns", true);
  return {
    id,
    kind,
    keyspace: keyspace === "" ? undefined : keyspace,
    table: table === "" ? undefined : table,
    completed: Number(completed),
    total: Number(total),
    unit,
    progress: progress === "n/a" ? undefined : Number.parseFloat(progress),
  };
}

function readRemaining(lines: NodetoolOutput): CompactionReport["remaining"] {
  const groups = lines.match(REMAINING);
  if (groups === undefined) return undefined;
  const [hours = "", minutes, seconds] = groups;
  return hours === "" ? "unknown" : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
