import { describe, expect, it } from "vitest";
import type { InstanceStatus } from "../../../src/commands/status/model.ts";
import { statusSummary, statusTable } from "../../../src/commands/status/table.ts";

const NOW = 1_000_000_000;

describe("statusTable", () => {
  it("folds equal instances into one row, with ranges of what differs", () => {
    const statuses = [
      status("hub", "web1", { since: NOW - 60_000, pid: 10, memory: 100 * 2 ** 20 }),
      status("hub", "web2", { since: NOW - 3_600_000, pid: 11, memory: 200 * 2 ** 20 }),
      status("cassandra", "db1", { since: NOW - 5000, pid: 7, ring: "3 UN", version: "5.0.6" }),
    ];
    expect(statusTable(statuses, NOW)).toBe(
      [
        "SERVICE    HOSTS     INSTANCES  STATE    SINCE        PID  MEMORY       VERSION  RING",
        "hub        web[1-2]  2          running  1m 0s–1h 0m       100MB–200MB",
        "cassandra  db1       1          running  5.0s         7                 5.0.6    3 UN",
        "",
      ].join("\n"),
    );
  });

  it("keeps what is not well apart, with its reason", () => {
    const statuses = [
      status("hub", "web1", {}),
      status("hub", "web2", { state: "unknown", detail: "no answer within 10s" }),
      status("hub", "web3", { state: "unknown", detail: "no answer within 10s" }),
    ];
    const lines = statusTable(statuses, NOW).split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^hub +web\[2-3\] +2 +unknown +no answer within 10s$/);
  });
});

describe("statusSummary", () => {
  it("counts every state that there is", () => {
    const states = ["running", "running", "stopped", "unknown"] as const;
    expect(statusSummary(states.map(state => status("hub", "web1", { state })))).toBe(
      "2 running, 1 stopped, 1 unknown\n",
    );
  });
});

function status(service: string, host: string, more: Partial<InstanceStatus>): InstanceStatus {
  return {
    instance: `${service}@${host}`,
    service,
    host,
    role: undefined,
    state: "running",
    since: undefined,
    pid: undefined,
    memory: undefined,
    version: undefined,
    ring: undefined,
    detail: undefined,
    ...more,
  };
}
