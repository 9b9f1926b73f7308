import { assert, domain, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hashName,
  keyTypeOf,
  KnownHosts,
  knownHostsName,
  parseKnownHosts,
} from "../../../src/transport/ssh/known-hosts.ts";

/** A public key as it goes over the wire: its type, then anything. */
function publicKey(type: string, seed: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(seed)]);
}

const ed25519 = publicKey("ssh-ed25519", "one");
const other = publicKey("ssh-ed25519", "two");
const rsa = publicKey("ssh-rsa", "three");

function line(names: string, key: Buffer, marker = ""): string {
  return `${marker} ${names} ${keyTypeOf(key)} ${key.toString("base64")} a comment`;
}

function known(...lines: readonly string[]): KnownHosts {
  return new KnownHosts(parseKnownHosts(lines.join("\n"), "kh"));
}

describe("knownHostsName", () => {
  it("puts other ports than 22 into the name", () => {
    expect(knownHostsName("Web3", 22)).toBe("web3");
    expect(knownHostsName("10.1.2.3", 2222)).toBe("[10.1.2.3]:2222");
  });
});

describe("judge", () => {
  it("trusts a listed key, by any of its names", () => {
    const file = known("# a comment", "", line("web3,10.0.0.3", ed25519));
    expect(file.judge(["web3"], ed25519)).toEqual({ kind: "trusted" });
    expect(file.judge(["10.9.9.9", "10.0.0.3"], ed25519)).toEqual({ kind: "trusted" });
    expect(file.judge(["web4"], ed25519)).toEqual({ kind: "unknown" });
  });

  it("reads what ssh-keygen -H writes", () => {
    // ssh-keygen of OpenSSH 9.2 hashed these two, `web3` and `[10.1.2.3]:2222`.
    const file = new KnownHosts(parseKnownHosts(HASHED_BY_SSH_KEYGEN, "kh"));
    const [first, second] = HASHED_BY_SSH_KEYGEN.trim().split("\n");
    const keyOf = (text = ""): Buffer => Buffer.from(text.split(" ")[2] ?? "", "base64");
    expect(file.judge(["web3"], keyOf(first))).toEqual({ kind: "trusted" });
    expect(file.judge(["[10.1.2.3]:2222"], keyOf(second))).toEqual({ kind: "trusted" });
    expect(file.judge(["10.1.2.3"], keyOf(second))).toEqual({ kind: "unknown" });
    expect(file.judge(["web3"], ed25519)).toEqual({ kind: "changed", where: "kh:1" });
  });

  it("tells the ports of one address apart", () => {
    const file = known(line("[10.0.0.3]:2222", ed25519));
    expect(file.judge(["[10.0.0.3]:2222"], ed25519)).toEqual({ kind: "trusted" });
    expect(file.judge(["10.0.0.3"], ed25519)).toEqual({ kind: "unknown" });
  });

  it("follows wildcards and exclusions", () => {
    const file = known(line("*.example.org,!bad.example.org,10.0.0.?", ed25519));
    expect(file.judge(["web.example.org"], ed25519).kind).toBe("trusted");
    expect(file.judge(["10.0.0.7"], ed25519).kind).toBe("trusted");
    expect(file.judge(["bad.example.org"], ed25519).kind).toBe("unknown");
    expect(file.judge(["10.0.0.77"], ed25519).kind).toBe("unknown");
  });

  it("names the line of a key that has changed, whatever other types are listed", () => {
    const file = known(line("web3", rsa), line("web3", ed25519));
    expect(file.judge(["web3"], other)).toEqual({ kind: "changed", where: "kh:2" });
    expect(file.judge(["web3"], rsa)).toEqual({ kind: "trusted" });
  });

  it("asks for the known types when the host shows another", () => {
    const file = known(line("web3", rsa));
    expect(file.judge(["web3"], ed25519)).toEqual({ kind: "other-types", types: ["ssh-rsa"], where: "kh:1" });
  });

  it("refuses a revoked key even where it is also listed", () => {
    const file = known(line("web3", ed25519), line("*", ed25519, "@revoked"));
    expect(file.judge(["web3"], ed25519)).toEqual({ kind: "revoked", where: "kh:2" });
  });

  it("never takes the key of an authority for the key of a host", () => {
    const file = known(line("*.example.org", ed25519, "@cert-authority"));
    expect(file.judge(["web.example.org"], ed25519)).toEqual({ kind: "unknown" });
    expect(file.hasAuthority(["web.example.org"])).toBe(true);
    expect(file.hasAuthority(["web.example.net"])).toBe(false);
  });

  it("does not stumble over lines that are no entries", () => {
    const file = known(
      "@unknown web3 ssh-ed25519 AAAA",
      "web3",
      "|1|broken ssh-ed25519 AAAA",
      line("web3", rsa),
    );
    expect(file.judge(["web3"], rsa)).toEqual({ kind: "trusted" });
  });

  it("finds a hashed name, and only under that name", () => {
    const rule = property(domain(), domain(), integer({ min: 1, max: 65_535 }), (host, stranger, port) => {
      const name = knownHostsName(host, port);
      const salt = Buffer.from(host).toString("base64");
      const file = known(line(`|1|${salt}|${hashName(name, salt)}`, ed25519));
      expect(file.judge([name], ed25519).kind).toBe("trusted");
      expect(file.judge([`${stranger}.${host}`], ed25519).kind).toBe("unknown");
    });
    assert(rule);
  });
});

describe("likelyTypes", () => {
  it("starts with the types of a plain name, then the common ones", () => {
    const file = known(line("a", ed25519), line("b", ed25519), line("web3", rsa));
    expect(file.likelyTypes(["web3"])).toEqual(["ssh-rsa", "ssh-ed25519"]);
    expect(file.likelyTypes(["unlisted"])).toEqual(["ssh-ed25519", "ssh-rsa"]);
    expect(known().likelyTypes(["web3"])).toEqual([]);
  });
});

const HASHED_BY_SSH_KEYGEN = `|1|77qYTIoEJDRBeLlOElZjiVgtjYk=|qJr8co7NCFwHDC9CH9hBE8nXaUk= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICFNebz0bzZi1/viEbyR0jkRpIvD780AVOtPuTsdJIPY
|1|kmORpCzF6j3r9UDuzDBvEGc3LyU=|IvdJymQKnXKe3g6C8kr8tqOYr2c= ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHuIBXZl5KjaFy4bM/nOYkJiaS1181iO5fsCsDE22Sxq14WdE8yAMCF0UVoW+Oe6XXpGWbaNDAg82E4yofJ9oDE=
`;
