import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBroken, linksOf, parseReach } from "../../src/vpn/check.ts";
import { vpnHost } from "./support.ts";

/** Three members of a lab, as db1 told it when its link to db2 was cut. */
const ANSWER = `@ping 10.77.0.3 0.412
@ping 10.77.0.2 1.006
@ping 10.77.0.4 -
@way db1 db1 0
@way db2 db3 0
@way db3 db3 1459
@end
`;

const members = ["db1", "db2", "db3", "db4"].map((name, index) =>
  vpnHost(name, { address: `10.77.0.${index + 1}`, public: `192.0.2.${index + 1}` }),
);
const [db1] = members as [ReturnType<typeof vpnHost>];

describe("what a member says of its ways", () => {
  const reach = parseReach(ANSWER);

  it("is read", () => {
    expect(reach?.answers.get("10.77.0.2")).toBe(1.006);
    expect(reach?.answers.has("10.77.0.4")).toBe(false);
    expect(reach?.ways.get("db2")).toEqual({ nextHop: "db3", packet: 0 });
  });

  it("is nothing when it is not whole", () => {
    fc.assert(
      fc.property(fc.nat(ANSWER.length - 1), length => {
        expect(parseReach(ANSWER.slice(0, length))).toBeUndefined();
      }),
    );
    expect(parseReach(`ping: socket\n${ANSWER}`)).toBeUndefined();
  });

  it("tells links of its own from those over a third and those that are none", () => {
    const links = linksOf(db1, reach ?? { answers: new Map(), ways: new Map() }, { members, mesh: "hosts" });
    expect(links.map(({ to, kind, by }) => [to, kind, by])).toEqual([
      ["db2", "relayed", "db3"],
      ["db3", "direct", undefined],
      ["db4", "silent", undefined],
    ]);
    expect(links.filter(isBroken).map(({ to }) => to)).toEqual(["db2", "db4"]);
  });

  it("is no fault where neither has a public address, and packets arrive over UDP is a link of its own", () => {
    const hidden = [vpnHost("db1", { address: "10.77.0.1" }), vpnHost("db2", { address: "10.77.0.2" })];
    const answers = new Map([["10.77.0.2", 1]]);
    const over = (packet: number): ReturnType<typeof linksOf> =>
      linksOf(
        db1,
        { answers, ways: new Map([["db2", { nextHop: "db3", packet }]]) },
        { members: hidden, mesh: "hosts" },
      );
    expect(over(0).map(link => [link.kind, isBroken(link)])).toEqual([["relayed", false]]);
    expect(over(1400).map(({ kind }) => kind)).toEqual(["direct"]);
  });
});
