import { errors, types, type policies } from "cassandra-driver";
import { describe, expect, it } from "vitest";
import { clientOptions } from "../../examples/shared/client-options.ts";
import { Database, DatabaseDownError } from "../../examples/shared/database.ts";
import { isDriverFault } from "../../examples/shared/driver-fault.ts";
import { RetryOnNextHost } from "../../examples/shared/retry-policy.ts";
import { isTransient } from "../../examples/shared/transient.ts";

describe("clientOptions", () => {
  it("looks for the nodes that it was not told of on the port of those that it was", () => {
    const nodes = ["127.0.0.1:19042", "127.0.0.2:19042"];
    const options = clientOptions({ nodes, keyspace: "k", dataCenter: undefined, credentials: undefined });
    expect(options).toMatchObject({ contactPoints: nodes, protocolOptions: { port: 19_042 } });
    expect(options.queryOptions?.consistency).toBe(types.consistencies.quorum);
  });
});

describe("isTransient", () => {
  const response = (code: number): Error => new errors.ResponseError(code, "no");

  it.each([
    ["too few replicas", response(types.responseErrorCodes.unavailableException), true],
    ["a read that timed out", response(types.responseErrorCodes.readTimeout), true],
    ["a node that shuts down", response(types.responseErrorCodes.serverError), true],
    ["a coordinator that is silent", new errors.OperationTimedOutError("late"), true],
    ["nobody", new errors.NoHostAvailableError({}), true],
    ["a statement that is wrong", response(types.responseErrorCodes.syntaxError), false],
    ["a right that is missing", response(types.responseErrorCodes.unauthorized), false],
    ["a bug", new TypeError("x is undefined"), false],
  ])("judges %s", (_, error, expected) => {
    expect(isTransient(error)).toBe(expected);
  });
});

describe("isDriverFault", () => {
  const thrownIn = (error: Error, file: string): Error =>
    Object.assign(error, {
      stack: `${error.name}: x\n    at work (${file}:1:1)\n    at main (/srv/hub.ts:2:2)`,
    });

  it("is a mistake of the driver's own code, and nothing else", () => {
    const driver = "/srv/node_modules/cassandra-driver/lib/control-connection.js";
    expect(isDriverFault(thrownIn(new TypeError("x"), driver))).toBe(true);
    expect(isDriverFault(thrownIn(new Error("x"), driver))).toBe(false);
    expect(isDriverFault(thrownIn(new TypeError("x"), "/srv/examples/hub/hub.ts"))).toBe(false);
    expect(isDriverFault("x")).toBe(false);
  });
});

describe("RetryOnNextHost", () => {
  it("goes to the next host some times, at the consistency that was asked for", () => {
    const policy = new RetryOnNextHost();
    const decide = (nbRetry: number) =>
      policy.onUnavailable({ nbRetry } as policies.retry.OperationInfo, types.consistencies.quorum);
    expect(decide(0)).toMatchObject({ useCurrentHost: false, consistency: types.consistencies.quorum });
    expect(decide(3).decision).toBe(decide(0).decision);
    expect(decide(4).decision).not.toBe(decide(0).decision);
  });
});

describe("Database", () => {
  it("answers at once while there is no database, and ends while it still looks for one", async () => {
    const messages: string[] = [];
    const database = new Database({
      nodes: ["127.0.0.1:1"],
      keyspace: "k",
      dataCenter: undefined,
      credentials: undefined,
      schema: [],
      log: message => void messages.push(message),
    });
    database.start();
    await expect(database.execute("SELECT 1")).rejects.toThrow(DatabaseDownError);
    await database.close();
    expect(messages).toEqual([expect.stringContaining("127.0.0.1:1: connect ECONNREFUSED")]);
  });
});
