import { describe, expect, it } from "vitest";
import { losesWayBack, parseWayBack } from "../../src/vpn/way-back.ts";
import { vpnHost, vpnNetwork } from "./support.ts";

const host = vpnHost("a", { address: "10.77.0.1" });
const network = vpnNetwork([host, vpnHost("b", { address: "10.77.0.2" })]);

/** As a host of the lab printed it. */
const ANSWER = `10.77.9.1
default via 10.77.9.254 dev eth0
10.77.9.0/24 dev eth0 proto kernel scope link src 10.77.9.2
`;

describe("the way back to smc", () => {
  it("is read with the lengths of the prefixes that lead there", () => {
    expect(parseWayBack(ANSWER)).toEqual({ from: "10.77.9.1", prefixes: [0, 24] });
    expect(parseWayBack("::ffff:10.1.2.3\n10.1.2.3 dev eth0\n")).toEqual({
      from: "10.1.2.3",
      prefixes: [32],
    });
    expect(parseWayBack("fe80::1\ndefault via 10.77.9.254 dev eth0\n")).toBeUndefined();
    expect(parseWayBack("")).toBeUndefined();
  });

  it("is lost to a VPN whose range smc comes from, unless a narrower route leads there", () => {
    const from = (address: string, ...prefixes: number[]): string | undefined =>
      losesWayBack(network, host, { from: address, prefixes });
    expect(from("10.77.9.1", 0)).toBe(
      "a: smc comes from 10.77.9.1, and the VPN would take 10.77.0.1/10 for itself",
    );
    expect(from("10.77.9.1", 0, 8)).toBeDefined();
    expect(from("10.77.9.1", 0, 24)).toBeUndefined();
    expect(from("10.128.0.1", 0)).toBeUndefined();
    expect(from("10.77.0.2", 0)).toBeUndefined();
    expect(losesWayBack(network, host, undefined)).toBeUndefined();
  });
});
