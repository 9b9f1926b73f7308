import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

/** A ring at an address of this machine where nobody listens. */
function fileWith(cassandra: object, more: object = {}): string {
  return JSON.stringify({
    smc: 1,
    default: "here",
    ports: { cassandra_native: 1 },
    deployments: {
      here: {
        site: "localhost",
        transport: "local",
        machines: { db1: { vpn: "127.0.0.1", dc: "DC0" }, db2: { vpn: "127.0.0.2", dc: "DC0" } },
        services: { cassandra: { at: ["db1", "db2"], seeds: ["db1"], ...cassandra }, ...more },
      },
    },
  });
}

function run(line: string, cassandra: object = {}): Promise<SmcResult> {
  return smc(line, { files: { "conf/services.yaml": fileWith(cassandra) } });
}

const USERS = { auth: "password", users: { operator: { superuser: true } } };

describe("smc users", () => {
  it("says that a ring without logins has no users", async () => {
    const { code, err } = await run("users plan");
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("nobody logs in to the database of here"),
    ]);
  });

  it("names the passwords that are missing, before any host is asked", async () => {
    const { code, err } = await run("users apply --yes", USERS);
    expect(err).toContain("cassandra/operator: ");
    expect(err).toContain("secrets init  makes them up");
    expect(code).toBe(ExitCode.Usage);
  });

  it("says of every node why it did not answer", async () => {
    const first = await run("secrets init", USERS);
    const { code, err } = await smc("users apply --yes", { directory: first.directory });
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("db1: connection refused on 127.0.0.1:1");
    expect(err).toContain("db2: connection refused on 127.0.0.2:1");
  });
});

describe("smc replication", () => {
  it("says of every node why it did not answer", async () => {
    const { code, err } = await run("replication plan");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("db2: connection refused")]);
  });

  it("says that there is no ring where there is none", async () => {
    const file = fileWith({ state: "absent" }, { ticker: { at: "db1", command: "true" } });
    const { code, err } = await smc("replication plan", { files: { "conf/services.yaml": file } });
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining("here has no cassandra")]);
  });
});
