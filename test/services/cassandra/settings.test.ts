import { describe, expect, it } from "vitest";
import * as v from "valibot";
import { CassandraSettingsSchema } from "../../../src/services/cassandra/settings.ts";

describe("the settings of cassandra", () => {
  it("take what the services file of a real site says, with no release named", () => {
    const settings = v.parse(CassandraSettingsSchema, {
      cluster_name: "salvus",
      data_dir: "/mnt/cassandra",
      num_tokens: 256,
      auth: "password",
      config: { thrift_framed_transport_size_in_mb: 99 },
      users: { salvus: { superuser: true }, hub: { grant: { salvus: "all" } } },
      drop_users: ["cassandra"],
      heap: { max: "500MB", new: "256MB" },
    });
    expect(settings.heap).toEqual({ max: 500 * 1024 ** 2, new: 256 * 1024 ** 2 });
    expect(settings.users["hub"]).toEqual({ superuser: false, grant: { salvus: "all" } });
  });

  it.each([
    [{ source: { folder: "/opt/c" }, version: "5.0.6" }],
    [{ source: { tarball: "c.tar.gz", sha512: "a".repeat(128) }, version: "4.1.10" }],
    [{ source: { maven: "org.apache.cassandra:cassandra-all:4.1.10" } }],
  ])("take the source %j", settings => {
    expect(v.is(CassandraSettingsSchema, settings)).toBe(true);
  });

  it.each([
    [
      { version: "5.0.6", config: { thrift_framed_transport_size_in_mb: 99 } },
      "config.thrift_framed_transport_size_in_mb",
      /was removed after Cassandra 3.11/,
    ],
    [
      { source: { maven: "g:a:4.1.10" }, config: { concurent_reads: 1 } },
      "config.concurent_reads",
      /did you mean concurrent_reads/,
    ],
    [{ config: { authenticator: "X" } }, "config.authenticator", /written by smc: use auth:/],
    [{ source: { folder: "/opt/c" } }, "source", /which release/],
    [{ source: { maven: "g:a:4.1.10" }, version: "5.0.6" }, "version", /coordinates say 4.1.10/],
    [{ source: { maven: "cassandra-all" } }, "source.maven", /group:artifact:version/],
    [{ source: { tarball: "c.tar.gz", sha512: "12" } }, "source", /which release/],
    [{ version: "newest" }, "version", /looks like 5.0.6/],
    [{ data_dir: "data" }, "data_dir", /absolute/],
    [{ heap: { max: "much" } }, "heap.max", /number and a unit/],
    [{ users: { hub: { grant: { salvus: "some" } } } }, "users.hub.grant.salvus", /./],
    [
      { users: { hub: { superuser: true } }, drop_users: ["cassandra", "hub"] },
      "drop_users",
      /^hub is one of users: as well$/,
    ],
    [{ raks: "RAC0" }, "raks", /./],
  ])("refuse %j at %s", (settings, path, message) => {
    const result = v.safeParse(CassandraSettingsSchema, settings);
    expect(result.issues?.map(issue => v.getDotPath(issue))).toContain(path);
    expect(result.issues?.map(issue => issue.message).join("\n")).toMatch(message);
  });
});
