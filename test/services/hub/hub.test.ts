import { describe, expect, it } from "vitest";
import { CLOUD, PROJECT } from "../sites.ts";
import { contentText, renderOf, type SiteWords } from "../support.ts";

function withHub(settings: Record<string, unknown>): SiteWords {
  return {
    ...CLOUD,
    services: { ...CLOUD.services, hub: { at: ["web2", "web10"], instances: 2, settings } },
  };
}

describe("the user of a hub", () => {
  it("is named after the service, or in the services file, so that two can take turns", () => {
    const hub = renderOf(withHub({ database_user: "hub_b" }), "hub1@web10");
    expect(hub.command.env).toMatchObject({ DATABASE_USER: "hub_b" });
    expect(hub.files.map(({ content }) => content)).toContainEqual([{ secret: "cassandra/hub_b" }, "\n"]);
  });
});

describe("the command of a hub", () => {
  it("has the options of the old program, for the database nodes of its data centre", () => {
    expect(renderOf(CLOUD, "hub1@web10").command).toEqual({
      argv: [
        "./hub",
        "nodaemon",
        "--id",
        "1",
        "--port",
        "5002",
        "--proxy_port",
        "5003",
        "--keyspace",
        "salvus",
        "--host",
        "10.1.10.3",
        "--database_nodes",
        "10.1.2.2:9042,10.1.10.2:9042",
        "--pidfile",
        "/run/smc/cloud/hub1/hub.pid",
        "--logfile",
        "/var/log/smc/cloud/hub1/hub.log",
      ],
      env: {
        DATABASE_DATA_CENTER: "DC0",
        DATABASE_USER: "hub",
        DATABASE_PASSWORD_FILE: "/etc/smc/cloud/hub1/database-password",
      },
      directory: "/home/salvus/salvus/salvus",
      limits: {},
      stopSignal: "TERM",
    });
  });

  it("has the prefix and --local where the site has them, and no login where the ring asks for none", () => {
    const { command, files } = renderOf(PROJECT, "hub0@localhost");
    expect(command.argv.slice(-3)).toEqual(["--base_url", "/1a2b/port/8400", "--local"]);
    expect(command.env).toEqual({ DATABASE_DATA_CENTER: "DC0" });
    expect(command.directory).toBe("/state/cloud/data/hub0@localhost");
    expect(files).toEqual([]);
  });

  it("takes a template, filled in word by word", () => {
    const { argv } = renderOf(
      withHub({ command: "node 'my hub.js' -p {port} --db={database_nodes}" }),
      "hub0@web2",
    ).command;
    expect(argv).toEqual(["node", "my hub.js", "-p", "5000", "--db=10.1.2.2:9042,10.1.10.2:9042"]);
  });

  it("gives the options of the old program to a command without placeholders", () => {
    const { argv } = renderOf(
      withHub({ command: "node /srv/hub.ts nodaemon", keyspace: "k" }),
      "hub0@web2",
    ).command;
    expect(argv.slice(0, 5)).toEqual(["node", "/srv/hub.ts", "nodaemon", "--id", "0"]);
    expect(argv).toContain("--database_nodes");
  });

  it("runs in the folder of the version that its source was pushed as", () => {
    const source = { folder: "./hub", version: 1.4 };
    const { software, command } = renderOf(
      withHub({ source, command: "node {software}/hub.js" }),
      "hub0@web2",
    );
    expect(software).toEqual({
      kind: "artefact",
      artefact: { name: "hub", version: "1.4", source: { kind: "folder", path: "./hub" } },
      folder: "/opt/smc/hub",
    });
    expect(command).toMatchObject({
      argv: ["node", "/opt/smc/hub/current/hub.js"],
      directory: "/opt/smc/hub/current",
    });
  });

  it("names a placeholder that does not exist, and those that do", () => {
    expect(() => renderOf(withHub({ command: "hub {prot}" }), "hub0@web2")).toThrow(
      "{prot} means nothing here",
    );
  });

  it("uses all database nodes, or those named", () => {
    const nodes = (database: unknown): string | undefined => {
      const { argv } = renderOf(withHub({ command: "hub {database_nodes}", database }), "hub0@web2").command;
      return argv[1];
    };
    expect(nodes("all")).toBe("10.1.2.2:9042,10.1.3.2:9042,10.1.10.2:9042");
    expect(nodes(["cassandra3"])).toBe("10.1.3.2:9042");
  });

  it("refuses to run without a database", () => {
    const { hub } = CLOUD.services;
    if (hub === undefined) throw new Error("no hub");
    expect(() => renderOf({ ...CLOUD, services: { hub } }, "hub0@web2")).toThrow(/needs a database/);
  });
});

describe("the password of a hub", () => {
  it("is in a file that only the program may read, and nowhere else", () => {
    const rendered = renderOf(CLOUD, "hub0@web2");
    expect(
      rendered.files.map(({ path, mode, content }) => ({ path, mode, text: contentText(content) })),
    ).toEqual([
      {
        path: "/etc/smc/cloud/hub0/database-password",
        mode: 0o600,
        text: "[secret cassandra/hub]\n",
      },
    ]);
  });
});

describe("the readiness of a hub", () => {
  it("is that both ports serve and the database answers", () => {
    const page = (port: number, path: string) => ({
      kind: "http",
      address: "10.1.2.3",
      port,
      path,
      status: [200],
    });
    expect(renderOf(CLOUD, "hub1@web2").ready).toEqual({
      kind: "all",
      probes: [page(5002, "/alive"), page(5003, "/alive"), page(5002, "/stats")],
    });
    expect(renderOf(CLOUD, "hub1@web2").listens).toEqual([
      { address: "10.1.2.3", port: 5002 },
      { address: "10.1.2.3", port: 5003 },
    ]);
  });
});
