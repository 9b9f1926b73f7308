import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectKeys } from "../../src/vpn/keys.ts";
import { isMember, keyFingerprint, ownKey, parseSeen, type Seen } from "../../src/vpn/observation.ts";
import { pem, seenHost, vpnHost } from "./support.ts";

/** As a lab host printed it, with its keys shortened. */
const ANSWER = `@version 1.0.36
@ping yes
@active active
@enabled enabled
@file tinc.conf
# Written by smc: change the services file and run smc vpn join.
Name = db1
ConnectTo = db2

@file rsa_key.pub
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAiJFsI1XFfMuFT1qzvMovztgBcqvJd3nsd/0IXS1px2pNrmpbLDpL
-----END RSA PUBLIC KEY-----

@file hosts/db2
Subnet = 10.77.0.2/32

@end
`;

describe("what a host has of the VPN", () => {
  it("is read with its files as they are", () => {
    const seen = parseSeen(ANSWER);
    expect(seen).toMatchObject({ version: "1.0.36", canPing: true, active: true, enabled: true });
    expect([...(seen?.files.keys() ?? [])]).toEqual(["tinc.conf", "rsa_key.pub", "hosts/db2"]);
    expect(seen?.files.get("hosts/db2")).toBe("Subnet = 10.77.0.2/32\n");
    expect(ownKey(seen)).toMatch(/^-----BEGIN[^]*-----END RSA PUBLIC KEY-----\n$/);
    expect(isMember(seen)).toBe(true);
  });

  it("of one that never had tinc is that", () => {
    const seen = parseSeen("@version -\n@ping no\n@active inactive\n@enabled \n@end\n");
    expect(seen).toMatchObject({ version: undefined, canPing: false, active: false, enabled: false });
    expect(isMember(seen)).toBe(false);
  });

  it("is nothing when it is not whole", () => {
    fc.assert(
      fc.property(fc.nat(ANSWER.length - 1), length => {
        expect(parseSeen(ANSWER.slice(0, length))).toBeUndefined();
      }),
    );
    expect(parseSeen(`@what 1\n${ANSWER}`)).toBeUndefined();
  });

  it("shows a key in a few letters, as it is and not as it is wrapped", () => {
    const key = pem("some key");
    expect(keyFingerprint(key)).toMatch(/^SHA256:\S{16}$/);
    expect(keyFingerprint(key.replace("c29", "c29\n"))).toBe(keyFingerprint(key));
    expect(keyFingerprint(pem("another key"))).not.toBe(keyFingerprint(key));
  });
});

type SeenEntry = ReturnType<typeof seenHost> | { why: string };

describe("the keys of members", () => {
  const hosts = [vpnHost("a"), vpnHost("b"), vpnHost("c")];
  const member = (key: string, more: Record<string, string> = {}): ReturnType<typeof seenHost> =>
    seenHost({ "tinc.conf": "Name = a\n", "rsa_key.pub": pem(key), ...more });
  const silent = { why: "no route" };

  it("are what the hosts say of themselves", () => {
    const seen: Seen = new Map<string, SeenEntry>([
      ["a", member("A")],
      ["b", seenHost()],
      ["c", silent],
    ]);
    const keys = collectKeys(hosts, seen, new Map([["b", pem("old")]]));
    expect([...keys]).toEqual([["a", pem("A")]]);
  });

  it("are for one that is silent what the others agree on, or what was kept, which may be from before a rotation", () => {
    const seen: Seen = new Map<string, SeenEntry>([
      ["a", member("A", { "hosts/c": `Port = 655\n${pem("C")}` })],
      ["b", member("B", { "hosts/c": pem("C") })],
      ["c", silent],
    ]);
    expect(collectKeys(hosts, seen, new Map()).get("c")).toBe(pem("C"));
    expect(collectKeys(hosts, seen, new Map([["c", pem("kept")]])).get("c")).toBe(pem("C"));
    const other = new Map<string, SeenEntry>([
      ...seen,
      ["b", member("B", { "hosts/c": pem("else") })] as const,
    ]);
    expect(collectKeys(hosts, other, new Map()).has("c")).toBe(false);
    expect(collectKeys(hosts, other, new Map([["c", pem("kept")]])).get("c")).toBe(pem("kept"));
  });

  it("are none for a silent one that a machine has forgotten, although one that was away has it yet", () => {
    const seen: Seen = new Map<string, SeenEntry>([
      ["a", member("A")],
      ["b", member("B", { "hosts/c": pem("C") })],
      ["c", silent],
    ]);
    expect(collectKeys(hosts, seen, new Map()).has("c")).toBe(false);
  });
});
