import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { customSettings } from "../../../src/services/custom/settings.ts";
import { descriptionsOf } from "../../../src/services/registry.ts";
import { contentText, deploymentOf, renderOf, type SiteWords } from "../support.ts";

function siteWith(settings: Record<string, unknown>, instances = 2): SiteWords {
  return {
    hosts: { web2: { address: "10.1.2.3", dc: "DC0" } },
    services: { sync: { at: ["web2"], instances, settings: { command: "syncd", ...settings } } },
  };
}

describe("a service of the site's own", () => {
  it("is described by the services file alone", () => {
    const site = siteWith({
      command: "syncd --listen {host}:{port} --admin {port.admin} --config {config}/syncd.json",
      ports: { web: 6001, admin: 6002 },
      env: { SITE: "{site}", LEVEL: 3 },
      limits: { n: 4096 },
      run_as: "sync",
      directory: "/srv/sync",
      stop_signal: "INT",
      packages: ["syncd"],
      reload: ["syncctl", "reload", "{pidfile}"],
      files: {
        "syncd.json": '{ "id": {id}, "peers": {"a": 1}, "password": "{secret:sync/password}" }\n',
        "keys/ca.pem": { content: "{secret:sync/ca}", mode: "0600" },
      },
      ready: { http: "/health/{id}", tcp: "admin" },
    });
    const rendered = renderOf(site, "sync1@web2");
    expect(rendered.command).toEqual({
      argv: [
        "syncd",
        "--listen",
        "10.1.2.3:6003",
        "--admin",
        "6004",
        "--config",
        "/etc/smc/cloud/sync1/syncd.json",
      ],
      env: { SITE: "cloud.example.com", LEVEL: "3" },
      directory: "/srv/sync",
      limits: { n: 4096 },
      stopSignal: "INT",
    });
    expect(rendered.files.map(({ path, content, mode }) => [path, mode, contentText(content)])).toEqual([
      ["/etc/smc/cloud/sync1/keys/ca.pem", 0o600, "[secret sync/ca]"],
      [
        "/etc/smc/cloud/sync1/syncd.json",
        0o640,
        '{ "id": 1, "peers": {"a": 1}, "password": "[secret sync/password]" }\n',
      ],
    ]);
    expect(rendered.folders.map(({ path }) => path)).toContain("/etc/smc/cloud/sync1/keys");
    expect(rendered.ready).toEqual({
      kind: "all",
      probes: [
        { kind: "http", address: "10.1.2.3", port: 6003, path: "/health/1", status: [200] },
        { kind: "tcp", address: "10.1.2.3", port: 6004 },
      ],
    });
    expect(rendered.software).toEqual({ kind: "packages", packages: ["syncd"], binary: "syncd" });
    expect(rendered.user).toBe("sync");
    expect(rendered.reload).toEqual({
      argv: ["syncctl", "reload", "/run/smc/cloud/sync1/sync.pid"],
    });
  });

  it("gives each instance ports of its own", () => {
    const site = siteWith({ ports: { a: 7000, b: 7001 } }, 3);
    const all = [0, 1, 2].flatMap(id => renderOf(site, `sync${id}@web2`).listens.map(({ port }) => port));
    expect(all).toEqual([7000, 7001, 7002, 7003, 7004, 7005]);
  });

  it("needs what its entry says, before it starts", () => {
    const site = siteWith({ needs: ["cassandra"], one_at_a_time: true, summary: "keeps things in step" });
    const description = descriptionsOf(deploymentOf(site)).get("sync");
    expect(description).toMatchObject({
      needs: ["cassandra"],
      oneAtATime: true,
      summary: "keeps things in step",
    });
  });

  it("counts as ready once it runs, where nothing is asked for", () => {
    expect(renderOf(siteWith({}), "sync0@web2").ready).toEqual({ kind: "all", probes: [] });
  });

  it("refuses to ask on a port that it does not have", () => {
    expect(() => renderOf(siteWith({ ready: { http: "/" } }), "sync0@web2")).toThrow(/asks on a port/);
    expect(() => renderOf(siteWith({ ports: { a: 1 }, ready: { tcp: "b" } }), "sync0@web2")).toThrow(
      /the port "b"/,
    );
  });

  it("runs in a folder of its own, where it has no source and names no other", () => {
    expect(renderOf(siteWith({}), "sync0@web2").command.directory).toBe("/var/lib/smc/cloud/sync0");
    const directory = "/srv/{deployment}";
    expect(renderOf(siteWith({ directory }), "sync0@web2").command.directory).toBe("/srv/cloud");
  });

  it("has packages or a source of its own, not both", () => {
    const source = { folder: "/srv/sync", version: "2" };
    expect(renderOf(siteWith({ source }), "sync0@web2").software).toMatchObject({ kind: "artefact" });
    expect(() => renderOf(siteWith({ source, packages: ["syncd"] }), "sync0@web2")).toThrow(/either/);
  });

  it.each([
    ["a file outside its folder", { files: { "../passwd": "x" } }],
    ["an absolute file", { files: { "/etc/passwd": "x" } }],
    ["a limit that nobody knows", { limits: { q: 1 } }],
    ["a variable that is none", { env: { "A B": "1" } }],
    ["a source without a version", { source: { folder: "x" } }],
    ["an unknown key", { comand: "x" }],
    ["a mode that is none", { files: { a: { content: "", mode: "rw" } } }],
  ])("refuses %s", (_, settings) => {
    expect(v.safeParse(customSettings, { command: "x", ...settings }).success).toBe(false);
  });
});
