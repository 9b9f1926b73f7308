import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/model.ts";
import { hostHead } from "../../src/vpn/config.ts";
import type { Seen } from "../../src/vpn/observation.ts";
import { planJoin } from "../../src/vpn/planners/join.ts";
import { planLeave } from "../../src/vpn/planners/leave.ts";
import { filesOf } from "../../src/vpn/planners/request.ts";
import { planRotate } from "../../src/vpn/planners/rotate.ts";
import { ancestors, step } from "../helpers/plan.ts";
import { pem, seenHost, vpnHost, vpnNetwork, vpnRequest } from "./support.ts";

const [a, b, c] = ["a", "b", "c"].map((name, index) =>
  vpnHost(name, { address: `10.1.0.${index + 1}`, public: `192.0.2.${index + 1}` }),
) as [ReturnType<typeof vpnHost>, ReturnType<typeof vpnHost>, ReturnType<typeof vpnHost>];
const network = vpnNetwork([a, b, c]);
const keys = { a: pem("A"), b: pem("B") };

/** a and b are members, and have all that they should have. */
function twoMembers(more: Seen = new Map()): Seen {
  const request = vpnRequest(network, { keys });
  const member = (host: typeof a): ReturnType<typeof seenHost> => {
    const files = filesOf(request, host, [a, b]).map(({ path, content }) => [path, content] as const);
    return seenHost({ ...Object.fromEntries(files), "rsa_key.pub": keys[host.name as "a" | "b"] });
  };
  return new Map([["a", member(a)], ["b", member(b)], ["c", seenHost()], ...more]);
}

const ids = (plan: Plan): string[] => plan.steps.map(({ id }) => id);

describe("a host that joins", () => {
  const plan = planJoin(vpnRequest(network, { seen: twoMembers(), keys }), [c]);

  it("makes its key before anybody is told of it, and the key is in no plan", () => {
    expect(ancestors(plan, "write hosts/c on a")).toContain("make the key of c");
    expect(step(plan, "write hosts/c on a").action).toMatchObject({
      content: [hostHead(c, 655)],
      append: { host: "c", path: "/etc/tinc/smc/rsa_key.pub" },
    });
  });

  it("gets the keys of the members, and they get only what is new", () => {
    expect(ids(plan)).toEqual(expect.arrayContaining(["write hosts/a on c", "write hosts/b on c"]));
    expect(ids(plan).filter(id => / on [ab]$/.test(id))).toEqual([
      "write hosts/c on a",
      "write tinc.conf on a",
      "reload tinc on a",
      "write hosts/c on b",
      "write tinc.conf on b",
      "reload tinc on b",
    ]);
  });

  it("is asked at the end whether it reaches the others, when they were told", () => {
    const before = ancestors(plan, "c reaches the others");
    expect(before).toEqual(
      expect.arrayContaining(["start tinc on c", "reload tinc on a", "reload tinc on b"]),
    );
  });

  it("lets members read their files one after the other", () => {
    const turns = plan.steps.filter(({ id }) => id.startsWith("reload")).map(({ turn }) => turn?.group);
    expect(turns).toEqual(["vpn reload", "vpn reload"]);
  });

  it("is no work at all when all is as it should be", () => {
    const done = planJoin(vpnRequest(network, { seen: twoMembers(), keys }), [a, b]);
    expect(done.steps.filter(({ action }) => action.kind !== "wait")).toEqual([]);
  });

  it("leaves everything to be done on a member that does not answer", () => {
    const seen = twoMembers(new Map([["b", { why: "no route" }]]));
    const partly = planJoin(vpnRequest(network, { seen, keys }), [c]);
    expect(ids(partly)).toEqual(
      expect.arrayContaining(["write hosts/a on b", "write hosts/c on b", "start tinc on b"]),
    );
    expect(partly.onFailure).toBe("continue");
    expect(JSON.stringify(step(partly, "c reaches the others").action)).not.toContain("b=10.1.0.2");
  });
});

describe("a host that leaves", () => {
  it("is forgotten by all before it is cleaned up", () => {
    const plan = planLeave(vpnRequest(network, { seen: twoMembers(), keys }), [b]);
    expect(ids(plan)).toEqual(["forget b on a", "write tinc.conf on a", "reload tinc on a", "clean up b"]);
    expect(step(plan, "clean up b").after).toContain("reload tinc on a");
  });

  it("is forgotten without being asked, when it does not answer", () => {
    const seen = twoMembers(new Map([["b", { why: "stolen" }]]));
    const plan = planLeave(vpnRequest(network, { seen, keys }), [b]);
    expect(ids(plan)).not.toContain("clean up b");
    expect(ids(plan)).toContain("forget b on a");
  });

  it("is to be forgotten by hosts that do not answer, unless those that do say that they are no members", () => {
    const silent = { why: "no route" };
    const nobody = new Map(["a", "b", "c"].map(name => [name, silent] as const));
    expect(ids(planLeave(vpnRequest(network, { seen: nobody, keys: {} }), [b]))).toEqual([
      "forget b on a",
      "forget b on c",
    ]);
    const seen = twoMembers(new Map([["c", silent]]));
    expect(ids(planLeave(vpnRequest(network, { seen, keys }), [b]))).not.toContain("forget b on c");
  });
});

describe("a host that gets a new key", () => {
  const plan = planRotate(vpnRequest(network, { seen: twoMembers(), keys }), [a, b]);

  it("takes it when all members have its public part", () => {
    expect(ancestors(plan, "switch the key of a")).toEqual(
      expect.arrayContaining(["make the key of a", "write hosts/a on a", "write hosts/a on b"]),
    );
  });

  it("is let alone with the old one when a member cannot be told: what was written is put back", () => {
    const told = step(plan, "write hosts/a on b");
    expect(told.undo).toMatchObject({ kind: "put", content: [hostHead(a, 655) + keys.a] });
    expect(plan.onFailure).toBe("halt");
  });

  it("has it before the next one begins", () => {
    expect(ancestors(plan, "make the key of b")).toContain("a reaches the others");
  });
});
