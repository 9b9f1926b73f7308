import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { checkPlan } from "../../../src/plan/check.ts";
import { planRestore } from "../../../src/services/planners/restore.ts";
import { planSnapshotCreate, planSnapshotDelete } from "../../../src/services/planners/snapshot.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const endpoint = { address: "127.0.0.1", port: 9042, logins: [] };
const nodes = service("cassandra", {
  rendered: {
    ring: { kind: "ring", endpoint, nodes: 2 },
    tool: { argv: ["nodetool"], runAs: "cassandra" },
    tables: "/data",
  },
});
const request = requestFor(deploymentOf({ cassandra: ["db1", "db2"] }), [nodes]);

describe("planSnapshotCreate and planSnapshotDelete", () => {
  it("work on all nodes at once, as the account of the node, and look at the disk before and after", () => {
    const plan = planSnapshotCreate(request, { name: "daily", keyspaces: ["site"] });
    expect(checkPlan(plan)).toEqual([]);
    const take = step(plan, "snapshot cassandra@db2");
    expect(take).toMatchObject({
      needs: [],
      action: { runAs: "cassandra" },
      done: { kind: "command", runAs: "cassandra" },
    });
    expect(step(plan, "see snapshot cassandra@db2")).toMatchObject({
      needs: ["snapshot cassandra@db2"],
      action: { kind: "wait", probe: take.done },
    });
  });

  it("show how full the disk is when it fails, and end as nodetool does", () => {
    const { action } = step(
      planSnapshotCreate(request, { name: "daily", keyspaces: ["site"] }),
      "snapshot cassandra@db2",
    );
    const argv = action.kind === "run" ? action.argv : [];
    expect(argv.slice(-6)).toEqual(["nodetool", "snapshot", "-t", "daily", "--", "site"]);
    const [program = "", ...words] = argv.slice(0, -6);
    const run = (tool: string) =>
      spawnSync(program, [...words.slice(0, -1), tmpdir(), "sh", "-c", tool], { encoding: "utf8" });
    expect(run("echo taken")).toMatchObject({ status: 0, stdout: "taken\n", stderr: "" });
    expect(run("echo no >&2; exit 2")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^no\nFilesystem [^]* \d+% /),
    });
  });

  it("delete one name alone", () => {
    const plan = planSnapshotDelete(request, "daily");
    expect(step(plan, "delete snapshot cassandra@db1").action).toMatchObject({
      argv: ["nodetool", "clearsnapshot", "-t", "daily"],
    });
    expect(step(plan, "see no snapshot cassandra@db1").needs).toEqual(["delete snapshot cassandra@db1"]);
  });
});

describe("planRestore", () => {
  const plan = planRestore(request, { name: "daily", keyspace: "site", table: "notes" });

  it("empties the table only when every node has the snapshot, sees the whole ring, and has kept what there is", () => {
    expect(checkPlan(plan)).toEqual([]);
    expect(plan.onFailure).toBe("halt");
    const before = ["see snapshot", "see ring", "keep", "see kept"].flatMap(kind => [
      `${kind} cassandra@db1`,
      `${kind} cassandra@db2`,
    ]);
    expect([...new Set(ancestors(plan, "empty the table"))].sort()).toEqual(before.sort());
    expect(step(plan, "empty the table").action).toMatchObject({
      statements: [['TRUNCATE TABLE "site"."notes"']],
      consistency: "all",
    });
  });

  it("keeps what there is under a name of its own", () => {
    const { action } = step(plan, "keep cassandra@db1");
    const words = ["snapshot", "-t", "before-restore-20260102T030405Z", "-cf", "notes", "--", "site"];
    expect(action.kind === "run" ? action.argv.slice(-8) : []).toEqual(["nodetool", ...words]);
  });

  it("fills every node when the table is empty everywhere", () => {
    expect(step(plan, "import cassandra@db2").needs).toEqual(["empty the table"]);
  });
});
