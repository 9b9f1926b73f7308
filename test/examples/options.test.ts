import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseHubOptions } from "../../examples/hub/options.ts";
import { parseLoadOptions } from "../../examples/load/options.ts";
import { parseBaseUrl, parseKeyspace, parseNodes, readCredentials } from "../../examples/shared/options.ts";
import { parseSnapOptions } from "../../examples/snap/options.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

describe("parseNodes", () => {
  it("adds the native port where none is given", () => {
    expect(parseNodes("10.1.1.2, 10.1.2.2:9142")).toEqual(["10.1.1.2:9042", "10.1.2.2:9142"]);
  });

  it.each(["", ",", "a:b", "a:0", "a:70000", "a b"])("refuses %j", text => {
    expect(() => parseNodes(text)).toThrow(/--database_nodes/);
  });
});

describe("parseKeyspace", () => {
  it("takes a plain name and nothing that could end a statement", () => {
    expect(parseKeyspace("salvus")).toBe("salvus");
    expect(() => parseKeyspace('x"; DROP')).toThrow(/--keyspace/);
  });
});

describe("parseBaseUrl", () => {
  it("takes a path without a slash at its end", () => {
    expect(parseBaseUrl("/a1/port/8400")).toBe("/a1/port/8400");
    expect(() => parseBaseUrl("/a/")).toThrow(/--base_url/);
    expect(() => parseBaseUrl("a")).toThrow(/--base_url/);
  });
});

describe("readCredentials", () => {
  it("reads the first line of the file", async () => {
    const file = join(await temporaryFolder(), "password");
    writeFileSync(file, "correct horse\n");
    expect(readCredentials({ DATABASE_USER: "hub", DATABASE_PASSWORD_FILE: file })).toEqual({
      username: "hub",
      password: "correct horse",
    });
  });

  it("is nothing without the variables, and an error with one of them or an empty file", async () => {
    const file = join(await temporaryFolder(), "password");
    writeFileSync(file, "\n");
    expect(readCredentials({})).toBeUndefined();
    expect(() => readCredentials({ DATABASE_USER: "hub" })).toThrow(/both or none/);
    expect(() => readCredentials({ DATABASE_USER: "hub", DATABASE_PASSWORD_FILE: file })).toThrow(
      /no password/,
    );
  });
});

describe("parseHubOptions", () => {
  it("takes the options of the old program", () => {
    const line =
      "nodaemon --id 2 --port 5004 --proxy_port 5005 --keyspace salvus --host 10.1.1.3 " +
      "--database_nodes 10.1.1.2:9042 --pidfile /run/hub2.pid --logfile /var/log/hub2.log --base_url /site";
    expect(parseHubOptions(line.split(" "), { DATABASE_DATA_CENTER: "DC0" })).toEqual({
      id: 2,
      host: "10.1.1.3",
      port: 5004,
      proxyPort: 5005,
      baseUrl: "/site",
      pidFile: "/run/hub2.pid",
      logFile: "/var/log/hub2.log",
      database: { nodes: ["10.1.1.2:9042"], keyspace: "salvus", dataCenter: "DC0", credentials: undefined },
    });
  });

  it("refuses an unknown option and any action but nodaemon", () => {
    expect(() => parseHubOptions(["--prot", "1"], {})).toThrow(/--prot/);
    expect(() => parseHubOptions(["start"], {})).toThrow(/nodaemon/);
  });
});

describe("parseSnapOptions", () => {
  it("reads the interval as seconds", () => {
    const options = parseSnapOptions(["nodaemon", "--snap_interval", "240", "--snap_dir", "/mnt/snap"], {});
    expect(options).toMatchObject({ intervalMs: 240_000, folder: "/mnt/snap", keep: 10 });
  });

  it("refuses an interval of nothing", () => {
    expect(() => parseSnapOptions(["--snap_interval", "0"], {})).toThrow(/--snap_interval/);
  });
});

describe("parseLoadOptions", () => {
  it("runs until a signal unless a duration is given, and never retries unless told", () => {
    expect(parseLoadOptions([])).toMatchObject({ durationMs: undefined, retries: 0, workers: 4 });
    expect(parseLoadOptions(["--url", "http://a:1/x/", "--duration", "2m"])).toMatchObject({
      url: "http://a:1/x",
      durationMs: 120_000,
    });
  });

  it.each([[["--url", "ftp://a"]], [["--duration", "soon"]], [["--workers", "0"]]])("refuses %j", argv => {
    expect(() => parseLoadOptions(argv)).toThrow(/--(url|duration|workers)/);
  });
});
