import { describe, expect, it } from "vitest";
import { ExitCode } from "../../../src/base/exit-code.ts";
import { OperatorError } from "../../../src/base/operator-error.ts";
import type { PlanRequest } from "../../../src/services/planners/request.ts";
import { planStop } from "../../../src/services/planners/stop.ts";
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
