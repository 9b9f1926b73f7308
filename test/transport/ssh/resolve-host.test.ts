import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import { hostSignature, readConfigPatterns } from "../../../src/transport/ssh/config-patterns.ts";
import { createHostResolver } from "../../../src/transport/ssh/resolve-host.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "smc-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function config(text: string): string {
  const path = join(folder, "config");
  writeFileSync(path, text);
  return path;
}

function target(name: string, change: Partial<HostTarget> = {}): HostTarget {
  return {
    name,
    kind: "ssh",
    address: `10.0.0.${name.length}`,
    port: 22,
    user: "",
    connectTimeout: 1000,
    hostKeys: "strict",
    ...change,
  };
}

async function signatures(path: string, names: readonly string[]): Promise<string[]> {
  const patterns = await readConfigPatterns(path);
  return names.map(name => hostSignature(patterns, name));
}

describe("hostSignature", () => {
  it("is the same for hosts that match the same Host lines", async () => {
    const path = config("Host web* !web9\n  User w\nHost=db1\n  Port 1\nHost *\n  User x\n");
    const [web1, web2, web9, db1, mail] = await signatures(path, ["web1", "web2", "web9", "db1", "mail"]);
    expect(web1).toBe(web2);
    expect(web9).toBe(mail);
    expect(new Set([web1, web9, db1]).size).toBe(3);
  });

  it.each([
    ["Match", "Match host web1\n  User w\n"],
    ["a token", "Host *\n  HostName %h.example.org\n"],
    ["canonical names", "CanonicalizeHostname yes\n"],
  ])("tells every host apart with %s", async (_, text) => {
    const [web1, web2] = await signatures(config(text), ["web1", "web2"]);
    expect(web1).not.toBe(web2);
  });

  it("ignores Match all and the path of control sockets", async () => {
    const path = config("Match all\n  User w\nHost *\n  ControlPath ~/.ssh/%C\n");
    const [web1, web2] = await signatures(path, ["web1", "web2"]);
    expect(web1).toBe(web2);
  });

  it("follows Include with patterns", async () => {
    mkdirSync(join(folder, "parts"));
    writeFileSync(join(folder, "parts", "10-web.conf"), "Host web1\n  User w\n");
    const [web1, web2] = await signatures(config(`Include "${folder}/parts/*.conf"\n`), ["web1", "web2"]);
    expect(web1).not.toBe(web2);
  });

  it("is the same for all without any configuration", async () => {
    const [web1, web2] = await signatures(join(folder, "none"), ["web1", "web2"]);
    expect(web1).toBe(web2);
  });
});

describe("resolve", () => {
  it("gives what ssh itself would use", async () => {
    const path = config(
      "Host db1\n  HostName 10.9.9.9\n  Port 2222\n  User admin\nHost *\n  IdentitiesOnly yes\n",
    );
    const { resolve } = createHostResolver(path);
    expect(await resolve(target("db1"))).toMatchObject({ hostName: "10.9.9.9", port: 2222, user: "admin" });
    expect(await resolve(target("web1"))).toMatchObject({
      hostName: "10.0.0.4",
      port: 22,
      identitiesOnly: true,
    });
    expect(await resolve(target("web10"))).toMatchObject({ hostName: "10.0.0.5" });
  });

  it("lets the services file win where it says something", async () => {
    const { resolve } = createHostResolver(config("Host *\n  Port 2222\n  User admin\n"));
    expect(await resolve(target("web1", { user: "root", port: 2200 }))).toMatchObject({
      user: "root",
      port: 2200,
    });
  });

  it("asks once for a hundred hosts", async () => {
    const { resolve } = createHostResolver(config("Host *\n  User admin\n"));
    const names = Array.from({ length: 100 }, (_, index) => `web${index}`);
    const all = await Promise.all(names.map(name => resolve(target(name))));
    expect(new Set(all.map(settings => settings.identityFiles)).size).toBe(1);
    expect(all.map(settings => settings.hostName)).toEqual(names.map(name => target(name).address));
  });

  it("says what ssh does not accept", async () => {
    const { resolve } = createHostResolver(config("Nonsense yes\n"));
    await expect(resolve(target("web1"))).rejects.toMatchObject({
      code: "SSH_CONFIG_INVALID",
      hint: "Try: ssh -G web1",
      details: [expect.stringContaining("nonsense"), expect.any(String)],
    });
  });
});
