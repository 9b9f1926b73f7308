import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import type { CommandResult } from "../../../src/transport/model.ts";
import { hashName } from "../../../src/transport/ssh/known-hosts.ts";
import { newKey, SshSite } from "./ssh-site.ts";

/** Against hanging, not a bar of speed. */
const soon = { timeout: 45_000 };
const SALT = Buffer.from("twenty bytes of salt").toString("base64");

let site: SshSite;
beforeEach(() => {
  site = new SshSite();
});
afterEach(() => site.close());

async function runTrue(change: Partial<HostTarget> = {}): Promise<{ result: CommandResult; port: number }> {
  const { port } = await site.serve();
  return { result: await site.connection(port, change).run(["true"], soon), port };
}

describe("host keys", () => {
  it("refuses an unknown host and says how to accept it", async () => {
    site.know("somebody.else ssh-ed25519 AAAA");
    const { result, port } = await runTrue();
    expect(result).toMatchObject({
      ok: false,
      end: {
        kind: "unreachable",
        cause: "host-key-unknown",
        reason: expect.stringMatching(/ssh-ed25519 SHA256:[\w+/]{43}$/),
        hint: expect.stringContaining(`ssh-keyscan -p ${port} 127.0.0.1 >> ~/.ssh/known_hosts`),
      },
    });
  });

  it("refuses a changed key and names the line and the command", async () => {
    const { port } = await site.serve();
    site.know("# first line", `[127.0.0.1]:${port} ${newKey().public}`);
    const result = await site.connection(port).run(["true"], soon);
    expect(result.end).toMatchObject({
      cause: "host-key-changed",
      reason: expect.stringContaining(`${site.knownHostsFile}:2`),
      hint: expect.stringContaining(`ssh-keygen -f ${site.knownHostsFile} -R '[127.0.0.1]:${port}'`),
    });
  });

  it("refuses a changed key also with accept-new", async () => {
    const { port } = await site.serve();
    site.know(`[127.0.0.1]:${port} ${newKey().public}`);
    const before = readFileSync(site.knownHostsFile, "utf8");
    const result = await site.connection(port, { hostKeys: "accept-new" }).run(["true"], soon);
    expect(result.end).toMatchObject({ cause: "host-key-changed" });
    expect(readFileSync(site.knownHostsFile, "utf8")).toBe(before);
  });

  it("refuses a revoked key", async () => {
    site.know(`* ${site.hostKey.public}`, `@revoked * ${site.hostKey.public}`);
    expect((await runTrue()).result.end).toMatchObject({ cause: "host-key-revoked" });
  });

  it("accepts a hashed name with its port", async () => {
    const { port } = await site.serve();
    const name = hashName(`[127.0.0.1]:${port}`, SALT);
    site.know(`|1|${SALT}|${name} ${site.hostKey.public}`);
    expect(await site.connection(port).run(["true"], soon)).toMatchObject({ ok: true });
  });

  it("accepts the name of the services file as well as the address", async () => {
    const { port } = await site.serve();
    site.know(`[web1]:${port} ${site.hostKey.public}`);
    expect(await site.connection(port).run(["true"], soon)).toMatchObject({ ok: true });
  });

  it("goes by HostKeyAlias alone", async () => {
    site.configure("Host web1\n  HostKeyAlias the-web\n");
    site.know(`the-web ${site.hostKey.public}`);
    expect((await runTrue()).result).toMatchObject({ ok: true });
  });

  it("asks for the type of key that is known, when the host has several", async () => {
    const ecdsa = newKey("ecdsa");
    const { port } = await site.serve({ hostKeys: [site.hostKey.private, ecdsa.private] });
    const name = hashName(`[127.0.0.1]:${port}`, SALT);
    site.know(
      `elsewhere ${newKey().public}`,
      `elsewhere2 ${newKey().public}`,
      `|1|${SALT}|${name} ${ecdsa.public}`,
    );
    expect(await site.connection(port).run(["true"], soon)).toMatchObject({ ok: true });
  });

  it("refuses a host that has lost the only known type of key", async () => {
    const { port } = await site.serve();
    site.know(`[127.0.0.1]:${port} ${newKey("ecdsa").public}`);
    const result = await site.connection(port, { hostKeys: "accept-new" }).run(["true"], soon);
    expect(result.end).toMatchObject({
      cause: "host-key-unknown",
      reason: expect.stringContaining("no key of a known type (ecdsa-sha2-nistp256"),
    });
  });

  it("remembers a new host once with accept-new, and is strict afterwards", async () => {
    site.know("somebody.else ssh-ed25519 AAAA");
    const { result, port } = await runTrue({ hostKeys: "accept-new" });
    expect(result).toMatchObject({ ok: true });
    const key = site.hostKey.public.split(" ").slice(0, 2).join(" ");
    expect(readFileSync(site.knownHostsFile, "utf8")).toBe(
      `somebody.else ssh-ed25519 AAAA\n[127.0.0.1]:${port} ${key}\n`,
    );
    expect(await site.connection(port).run(["true"], soon)).toMatchObject({ ok: true });
  });
});
