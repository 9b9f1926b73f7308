import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { vpnKeyStore } from "../../src/state/vpn-keys.ts";

describe("the keys of a VPN that are kept", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "smc-vpn-keys-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are none at first, and then those that were kept last", async () => {
    const store = vpnKeyStore(folder, "storm");
    expect(await store.read()).toEqual(new Map());
    await store.replace(
      new Map([
        ["web1", "key 1\n"],
        ["web2", "key 2\n"],
      ]),
    );
    await store.replace(new Map([["web2", "key 3\n"]]));
    expect(await store.read()).toEqual(new Map([["web2", "key 3\n"]]));
  });

  it("are not taken for none where they cannot be read", async () => {
    await mkdir(join(folder, "storm"));
    await writeFile(join(folder, "storm/vpn"), "");
    await expect(vpnKeyStore(folder, "storm").read()).rejects.toThrow("ENOTDIR");
  });
});
