import type { RepairAction } from "../../src/plan/model.ts";

/** Nobody listens there. */
const endpoint = { address: "127.0.0.1", port: 1, logins: [] };

/** A repair of the keyspace site in which these hosts take part; the question to each has the number of the host as its port. */
export function repairOf(hosts: readonly string[]): RepairAction {
  return {
    kind: "repair",
    keyspace: "site",
    tables: [],
    mode: "full",
    dataCentres: [],
    commands: [],
    release: "5.0.6",
    endpoint,
    layout: { kind: "layout", endpoint, keyspace: "site", layout: "0" },
    replicas: hosts.map((host, index) => ({
      host,
      idle: { kind: "no-repair", endpoint: { ...endpoint, port: index + 1 } },
    })),
    since: "2026-11-27T04:00:00.000Z",
    stall: 60_000,
    patience: 10_000,
    attempts: 3,
    pause: 10,
    rest: 0,
  };
}
