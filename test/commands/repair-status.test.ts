import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import type { TablesView } from "../../src/cassandra/repair/tables.ts";
import { tableCoverages, type TableCoverage } from "../../src/commands/repair/coverage.ts";
import { coverageToJson, coverageToText } from "../../src/commands/repair/status-text.ts";
import type { LedgerEntry } from "../../src/state/repair-ledger.ts";
import { smc } from "../helpers/smc.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.parse("2026-11-27T04:00:00.000Z");
const VIEW = {
  partitioner: "Murmur3Partitioner",
  keyspaces: [
    { name: "site", replication: { strategy: "network", factors: { DC0: 3, DC1: 2, DC2: 0 } } },
    { name: "single", replication: { strategy: "simple", factor: 1 } },
    { name: "system", replication: { strategy: "local" } },
    { name: "traces", replication: { strategy: "simple", factor: 2 } },
  ],
  tables: [
    { keyspace: "site", table: "hub", gcGrace: 10 * DAY },
    { keyspace: "site", table: "snap", gcGrace: 10 * DAY },
    { keyspace: "single", table: "a", gcGrace: 10 * DAY },
    { keyspace: "system", table: "local", gcGrace: 0 },
    { keyspace: "traces", table: "events", gcGrace: 0 },
  ],
} as const satisfies TablesView;

describe("the coverage of tables", () => {
  it("is of tables that are kept more than once", () => {
    expect(coverages([]).map(({ keyspace, table }) => `${keyspace}.${table}`)).toEqual([
      "site.hub",
      "site.snap",
      "traces.events",
    ]);
  });

  it("says when a table is due, and whether that is soon", () => {
    const [hub] = coverages([entry({ ago: 7 * DAY })]);
    expect(hub).toMatchObject({ share: 1, oldest: NOW - 7 * DAY, due: NOW + 3 * DAY, expiring: false });
    expect(coverages([entry({ ago: 8 * DAY + 1 })])[0]?.expiring).toBe(true);
    expect(coverages([entry({ ago: 8 * DAY + 1 })], { margin: DAY })[0]?.expiring).toBe(false);
  });

  it("takes what was never repaired, in whole or in part, for due, but not where deletions need no grace", () => {
    const half = entry({ ago: 0, ranges: [{ after: "0", upTo: "100" }] });
    expect(coverages([half]).map(({ due, expiring }) => [due, expiring])).toEqual([
      [undefined, true],
      [undefined, true],
      [undefined, false],
    ]);
  });

  it("counts a repair of tables for those, and one within some data centres for nobody", () => {
    const repaired = (one: LedgerEntry): number[] => coverages([one]).map(({ share }) => share);
    expect(repaired(entry({ tables: ["snap"] }))).toEqual([0, 1, 0]);
    expect(repaired(entry({ dataCentres: ["DC0"] }))).toEqual([0, 0, 0]);
    expect(repaired(entry({ dataCentres: ["DC0", "DC1"] }))).toEqual([1, 1, 0]);
    expect(repaired(entry({ keyspace: "traces", dataCentres: ["DC0"] }))).toEqual([0, 0, 0]);
  });

  it("is told to people in a row for tables that are alike", () => {
    const text = coverageToText(coverages([entry({ ago: 9 * DAY, tables: ["hub"] })]), NOW);
    expect(text.split("\n")).toEqual([
      "KEYSPACE  TABLES  REPAIRED  OLDEST     GC GRACE  DUE",
      "site      hub     100.0%    9d 0h ago  10d 0h    in 24h 0m",
      "site      snap    0.0%      never      10d 0h    now",
      "traces    events  0.0%      never      none      never",
      "",
    ]);
  });

  it("is told to scripts with times, table by table", () => {
    expect(coverageToJson("cloud", coverages([entry({ ago: DAY })]))).toMatchObject({
      version: 1,
      deployment: "cloud",
      tables: [
        {
          keyspace: "site",
          table: "hub",
          gcGraceSeconds: 864_000,
          coverage: 1,
          oldestRepairedAt: "2026-11-26T04:00:00.000Z",
          dueAt: "2026-12-06T04:00:00.000Z",
          expiring: false,
        },
        {},
        { table: "events", oldestRepairedAt: null, dueAt: null },
      ],
    });
  });
});

describe("smc repair status", () => {
  const LOCAL = `smc: 1
default: here
ports: { cassandra_native: 1 }
deployments:
  here:
    site: localhost
    transport: local
    machines: { db1: { vpn: 127.0.0.1 } }
    services:
      cassandra: { at: db1, seeds: [db1] }
  empty:
    site: localhost
    transport: local
    machines: { web1: { vpn: 127.0.0.1 } }
    services:
      web: { at: web1, command: [sleep, "600"] }
`;
  const run = (line: string) => smc(`-f services.yaml ${line}`, { files: { "services.yaml": LOCAL } });

  it("exits 4 when no node answers; a repair is refused then", async () => {
    const status = await run("repair status");
    expect(status.err).toContain("db1: connection refused on 127.0.0.1:1");
    expect(status.code).toBe(StatusExitCode.Unreachable);
    const repair = await run("repair");
    expect([repair.code, repair.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("connection refused"),
    ]);
  });

  it("and a repair are of deployments with a ring", async () => {
    for (const line of ["repair status", "repair"]) {
      const { code, err } = await run(`-d empty ${line}`);
      expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining("empty has no cassandra")]);
    }
  });

  it("wants a duration for what is soon", async () => {
    const { code, err } = await run("repair status --fail-if-expiring soon");
    expect([code, err]).toEqual([
      ExitCode.Usage,
      expect.stringContaining("--fail-if-expiring takes a duration"),
    ]);
  });
});

function coverages(entries: readonly LedgerEntry[], words: { margin?: number } = {}): TableCoverage[] {
  return tableCoverages(VIEW, entries, { now: NOW, margin: words.margin ?? 2 * DAY });
}

/** A repair of the whole ring, begun so long ago. */
function entry({ ago = 0, ...words }: Partial<LedgerEntry> & { ago?: number }): LedgerEntry {
  return {
    version: 1,
    keyspace: "site",
    tables: [],
    ranges: [{ after: "0", upTo: "0" }],
    replicas: ["db1", "db2", "db3"],
    dataCentres: [],
    mode: "full",
    start: new Date(NOW - ago).toISOString(),
    end: new Date(NOW).toISOString(),
    run: "20261127T040000-ab12",
    ...words,
  };
}
