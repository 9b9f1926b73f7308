import { describe, expect, it } from "vitest";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { DEFAULT_VERSION } from "../../../src/services/cassandra/source.ts";
import { planRewriteSstables } from "../../../src/services/planners/rewrite-sstables.ts";
import { nodeContext } from "../../helpers/cassandra-node.ts";
import { ancestors, step } from "../../helpers/plan.ts";
import { deploymentOf, requestFor } from "../../helpers/site.ts";

const site = deploymentOf({ cassandra: ["db1", "db2"] });
const { settings } = nodeContext({ version: "5.0.6" });
const instances = site.instances.map(instance => ({ ...instance, settings: { ...settings } }));
const plan = planRewriteSstables(requestFor({ ...site, instances }, [cassandra]), DEFAULT_VERSION);

describe("planRewriteSstables", () => {
  it("rewrites one node after the other, and believes the disk", () => {
    const rewrite = step(plan, "rewrite cassandra@db1");
    expect(rewrite.action).toMatchObject({
      argv: [expect.stringContaining("nodetool"), "upgradesstables", "--jobs", "1"],
    });
    expect(rewrite.done).toMatchObject({ kind: "command" });
    const seen = step(plan, "see formats cassandra@db1");
    expect(seen.action).toMatchObject({ kind: "wait", probe: rewrite.done });
    expect(ancestors(plan, "rewrite cassandra@db2")).toContain(seen.id);
  });

  it("forgets what the node was only when nothing older is left", () => {
    expect(ancestors(plan, "forget cassandra@db1")).toContain("see formats cassandra@db1");
    expect(step(plan, "forget cassandra@db1").done).toMatchObject({ kind: "command" });
  });
});
