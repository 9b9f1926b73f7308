import { describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { OperatorError } from "../../../src/base/operator-error.ts";
import type { PlanRequest } from "../../../src/services/planners/request.ts";
import { planStop } from "../../../src/services/planners/stop.ts";
import { step } from "../../helpers/plan.ts";
import { decisionOf, refusalOf } from "../../helpers/ring-decision.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const deployment = deploymentOf({ cassandra: ["db1", "db2", "db3"], hub: ["web1"] });
const drain = { title: "drain", action: { kind: "run", argv: ["nodetool", "drain"] } } as const;
const cassandra = service("cassandra", { mayBeDown: () => 1, rendered: { beforeStop: [drain] } });
const descriptions = [cassandra, service("hub", { needs: ["cassandra"] })];

describe("planStop", () => {
  it("stops clients before what they use, and drains before the stop", () => {
    const { steps } = planStop(requestFor(deployment, descriptions), { allowLoss: false });
    expect(steps[0]?.id).toBe("stop hub@web1");
    expect(steps.find(({ id }) => id === "before stop 1 cassandra@db1")).toMatchObject({
      after: ["stop hub@web1"],
      done: { kind: "unit", state: "stopped" },
    });
    expect(steps.find(({ id }) => id === "stop cassandra@db1")?.after).toContain(
      "before stop 1 cassandra@db1",
    );
  });

  it("lets as many of a ring go as its clients can spare", () => {
    expect(() => planStop(selecting("db1"), { allowLoss: false })).not.toThrow();
  });

  it("refuses to take more, and exits 3", () => {
    const error = refusal(selecting("db1", "db2"));
    expect(error.exit).toBe(ExitCode.Refused);
    expect(error.message).toContain("would leave 1 of 3 cassandra instances; at most 1 may be down");
  });

  it("counts a node that is down already", () => {
    const observed = new Map([["cassandra@db3", { state: "stopped", identity: undefined }]] as const);
    expect(refusal({ ...selecting("db1"), observed }).message).toContain("would leave 1 of 3");
  });

  it("obeys when the operator says that loss is meant, or the whole service goes", () => {
    expect(() => planStop(selecting("db1", "db2"), { allowLoss: true })).not.toThrow();
    expect(() => planStop(selecting("db1", "db2", "db3"), { allowLoss: false })).not.toThrow();
  });
});

describe("planStop of a ring that was observed", () => {
  const nodes = service("cassandra", {
    mayBeDown: () => 0,
    rendered: { ring: { kind: "ring", endpoint: { address: "x", port: 1, logins: [] }, nodes: 3 } },
  });
  const planFor = (words: Parameters<typeof decisionOf>[1], allowLoss = false) => {
    const instances = deployment.instances.filter(({ host }) => host === "db2");
    const ring = decisionOf(deploymentOf({ cassandra: ["db1", "db2", "db3"] }), words);
    return planStop(requestFor(deployment, [nodes], { instances, ring }), { allowLoss });
  };

  it("goes by the ranges and not by the services file, and looks at those that stay first", () => {
    const plan = planFor({ waves: [["db2"]] });
    expect(step(plan, "stop cassandra@db2").needs).toEqual(["ring before cassandra@db2"]);
    expect(step(plan, "ring before cassandra@db2").action).toMatchObject({
      probe: {
        asked: [
          { host: "db1", probe: { away: ["127.9.0.2"] } },
          { host: "db3", probe: { away: ["127.9.0.2"] } },
        ],
      },
    });
    expect(Object.keys(plan.hosts).sort()).toEqual(["db1", "db2", "db3"]);
  });

  it("refuses what would lose a range, unless loss is meant", () => {
    const words = { waves: [["db2"]], refused: [refusalOf("db2")] };
    expect(() => planFor(words)).toThrow("to stop cassandra on db2 would lose a quorum");
    expect(planFor(words, true).steps.map(({ id }) => id)).toEqual(["stop cassandra@db2"]);
  });
});

function selecting(...hosts: readonly string[]): PlanRequest {
  const instances = deployment.instances.filter(
    instance => instance.service === "cassandra" && hosts.includes(instance.host),
  );
  return requestFor(deployment, descriptions, { instances });
}

function refusal(request: PlanRequest): OperatorError {
  try {
    planStop(request, { allowLoss: false });
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error("the plan was not refused");
}
