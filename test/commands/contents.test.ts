import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
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

  it("has passwords that secrets init --dry-run only tells of", async () => {
    const { directory, err } = await run("secrets init --dry-run", USERS);
    expect(err).toMatch(/^would make .*cassandra\/operator/m);
    expect((await smc("secrets list", { directory })).out).toMatch(/^cassandra\/operator +missing /m);
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

describe("smc snapshot", () => {
  const site = async (): Promise<{ directory: string; put: (path: string) => Promise<void> }> => {
    const { directory } = await run("check");
    const put = async (path: string): Promise<void> => {
      const file = join(directory, ".local/state/smc/here/data", path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "{}");
    };
    return { directory, put };
  };
  const table = "data/site/notes-0123456789abcdef0123456789abcdef/snapshots/daily/manifest.json";

  it("lists what the disks have, and says who cannot tell", async () => {
    const { directory, put } = await site();
    await put(`cassandra@db1/${table}`);
    const { code, out, err } = await smc("snapshot list --json", { directory });
    expect(JSON.parse(out)).toMatchObject({
      snapshots: [{ name: "daily", keyspaces: ["site"], hosts: ["db1"] }],
      notAsked: [{ host: "db2", why: expect.stringContaining("there is no folder") as string }],
    });
    expect([code, err]).toEqual([StatusExitCode.Unreachable, ""]);
  });

  it("deletes nothing before its name was typed, and nothing that is not there", async () => {
    const { directory, put } = await site();
    await put(`cassandra@db1/${table}`);
    await put(`cassandra@db2/${table}`);
    const other = await smc("snapshot delete daily", { directory, terminal: true, answers: ["y"] });
    expect([other.code, other.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("nothing was touched"),
    ]);
    const nobody = await smc("snapshot delete daily", { directory });
    expect([nobody.code, nobody.err]).toEqual([ExitCode.Usage, expect.stringContaining("--yes")]);
    const slip = await smc("snapshot delete dayly --yes", { directory });
    expect([slip.code, slip.err]).toEqual([ExitCode.Usage, expect.stringContaining("did you mean daily?")]);
  });

  it.each([
    ["snapshot create ../x", "is no name for a snapshot"],
    ["snapshot create daily a.b", "is no name of a keyspace"],
    ["snapshot restore daily site", "is no table"],
    ["snapshot restore daily system_auth.roles", "a table of Cassandra itself"],
    ["snapshot restore daily site.notes --on db1", "on the whole ring"],
  ])("refuses smc %s", async (line, why) => {
    const { code, err } = await run(line);
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining(why)]);
  });
});

describe("smc compute", () => {
  const services = { hub: { at: "db1", keyspace: "site" }, compute: { at: ["db1", "db2"] } };

  it.each([
    ["compute set db3 off", services, "db3"],
    ["compute set db2 sometimes", services, "no-new-projects"],
    ["compute sync", { compute: { at: "db1" } }, "here has no hub"],
  ])("refuses smc %s", async (line, more, why) => {
    const { code, err } = await smc(line, { files: { "conf/services.yaml": fileWith({}, more) } });
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining(why)]);
  });

  it("suggests the server that was meant", async () => {
    const more = { ...services, compute: { at: "db1" } };
    const { err } = await smc("compute set db2 off", { files: { "conf/services.yaml": fileWith({}, more) } });
    expect(err).toContain("db2 is no compute server of here");
    expect(err).toContain("did you mean db1?");
  });
});

describe("a secret that a run needs and that is not there", () => {
  it("is asked of the operator where smc cannot make it up", async () => {
    const file = fileWith(
      {},
      { ticker: { at: "db1", command: "true", files: { "key.txt": "{secret:token}" } } },
    );
    const { code, err } = await smc("start ticker --yes", { files: { "conf/services.yaml": file } });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toMatch(/here lacks 1 of its secrets: nothing was touched\n +token: /);
    expect(err).toContain("next: they come from you: put them there, readable by you alone");
  });
});
