import { describe, expect, it } from "vitest";
import { CLOUD, PROJECT } from "../sites.ts";
import { renderOf } from "../support.ts";

describe("the description of snap", () => {
  it("has the options of the old program, the interval in seconds", () => {
    expect(renderOf(CLOUD, "snap@web2").command.argv).toEqual([
      "./snap",
      "nodaemon",
      "--host",
      "10.1.2.3",
      "--database_nodes",
      "10.1.2.2:9042,10.1.10.2:9042",
      "--keyspace",
      "salvus",
      "--snap_dir",
      "/mnt/snap/snap0",
      "--snap_interval",
      "240",
      "--pidfile",
      "/run/smc/cloud/snap/snap.pid",
      "--logfile",
      "/var/log/smc/cloud/snap/snap.log",
    ]);
  });

  it("is ready while its newest snapshot is young enough", () => {
    expect(renderOf(CLOUD, "snap@web2").ready).toEqual({
      kind: "newest",
      folder: "/mnt/snap/snap0",
      maxAge: 540_000,
    });
    expect(renderOf(PROJECT, "snap@localhost").ready).toMatchObject({
      folder: "/state/cloud/data/snap@localhost/snapshots",
      maxAge: 300_000,
    });
  });

  it("asks for the age as the account that owns the snapshots", () => {
    const site = {
      ...CLOUD,
      services: { ...CLOUD.services, snap: { at: ["web2"], settings: { run_as: "backup", max_age: "1h" } } },
    };
    expect(renderOf(site, "snap@web2").ready).toMatchObject({ maxAge: 3_600_000, runAs: "backup" });
    expect(renderOf(site, "snap@web2").command.directory).toBe("/home/backup/salvus/salvus");
  });

  it("logs in as snap", () => {
    const { command, files } = renderOf(CLOUD, "snap@web2");
    expect(command.env["DATABASE_USER"]).toBe("snap");
    expect(files[0]?.content[0]).toEqual({ secret: "cassandra/snap" });
  });
});
