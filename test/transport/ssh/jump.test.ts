import { describe, expect, it } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import { parseJump } from "../../../src/transport/ssh/jump.ts";

const behind: HostTarget = {
  name: "web3",
  kind: "ssh",
  address: "10.0.0.3",
  port: 2222,
  user: "salvus",
  connectTimeout: 7000,
  hostKeys: "strict",
};

describe("parseJump", () => {
  it.each([
    ["gate", { name: "gate", user: "", port: 22 }],
    ["ops@gate", { name: "gate", user: "ops", port: 22 }],
    ["ops@gate.example.org:2200", { name: "gate.example.org", user: "ops", port: 2200 }],
    ["[fd00::1]:2200", { name: "fd00::1", user: "", port: 2200 }],
    ["[gate]:22", { name: "gate", user: "", port: 22 }],
    ["ssh://ops@gate:2200/", { name: "gate", user: "ops", port: 2200 }],
  ])("reads %s", (text, expected) => {
    expect(parseJump(text, behind)).toEqual({ ...behind, ...expected, address: expected.name });
  });

  it("refuses what is no host", () => {
    expect(() => parseJump("a:b:c", behind)).toThrow('ProxyJump "a:b:c" cannot be read');
  });
});
