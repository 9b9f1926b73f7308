import { describe, expect, it } from "vitest";
import type { Step } from "../../src/plan/model.ts";
import { secretsOf } from "../../src/plan/secrets.ts";
import { planStart } from "../../src/services/planners/start.ts";
import { deploymentOf, describe as service, requestFor } from "../helpers/site.ts";

describe("secretsOf", () => {
  it("finds secrets wherever a step has them, and tells passwords that smc sets from others", () => {
    const endpoint = {
      address: "127.0.0.1",
      port: 9042,
      logins: [{ user: "op", password: { secret: "db/op" } }],
    };
    const statements = [["CREATE ROLE hub WITH PASSWORD = '", { secret: "db/hub" }, "'"]];
    const action: Step["action"] = { kind: "cql", endpoint, statements };
    const description = service("cassandra", {
      setup: () => [{ title: "users", action }],
      rendered: {
        files: [{ path: "/etc/key.pem", mode: 0o600, content: [{ secret: "site.pem" }] }],
        ready: { kind: "cql", endpoint, query: "SELECT now() FROM system.local", consistency: "one" },
      },
    });
    const plan = planStart(requestFor(deploymentOf({ cassandra: ["db1"] }), [description]));
    expect(secretsOf(plan)).toEqual([
      { name: "db/hub", generated: true },
      { name: "db/op", generated: true },
      { name: "site.pem", generated: false },
    ]);
  });
});
