import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostRules } from "../../src/firewall/model.ts";
import { parseFirewall } from "../../src/firewall/observation.ts";
import { UNIT } from "../../src/firewall/places.ts";
import { planApply, type FirewallRequest } from "../../src/firewall/plan-apply.ts";
import { renderRules } from "../../src/firewall/render.ts";
import { localTarget } from "../helpers/make-plan.ts";
import { ancestors, step } from "../helpers/plan.ts";

const rules: HostRules = {
  host: "web1",
  isolated: [],
  carriesVms: false,
  rules: [{ from: "anywhere", protocol: "tcp", ports: [22], why: "ssh" }],
};

function request(text: string): FirewallRequest {
  const seen = parseFirewall(text, "10.0.0.1 40000 10.0.0.2 22\n");
  if (seen === undefined) throw new Error("the test's answer cannot be read");
  return {
    command: ["firewall", "apply"],
    deployment: "cloud",
    targets: [localTarget("web1")],
    parallel: 4,
    administrator: "root",
    now: new Date("2026-01-02T03:04:05Z"),
    rules: [rules],
    seen: new Map([["web1", seen]]),
    timeout: undefined,
  };
}

const NOTHING = "@nft yes\n@loaded not at all\n@enabled \n@end\n";
const ALL = `@nft yes\n@loaded as confirmed\n@enabled enabled\n@file /etc/smc/firewall/current.nft\n${renderRules(rules)}\n@file ${UNIT.path}\n${UNIT.content}\n@end\n`;

describe("rules that are put in force", () => {
  const plan = planApply(request(NOTHING));

  it("are tried under a timer before they are confirmed over a new connection, and only then kept", () => {
    const confirm = step(plan, "confirm the rules of web1");
    expect(confirm.action).toMatchObject({ kind: "run", newConnection: true, runAs: "root" });
    expect(ancestors(plan, confirm.id)).toContain("try the rules of web1");
    const tried = JSON.stringify(step(plan, "try the rules of web1").action);
    expect(tried.indexOf("systemd-run")).toBeGreaterThan(0);
    expect(tried.indexOf("systemd-run")).toBeLessThan(tried.indexOf("nft -f new.nft"));
    expect(confirm.timeout).toBeLessThan(30_000);
  });

  it("are seen in force at the end", () => {
    expect(ancestors(plan, "see the rules of web1 in force")).toContain("confirm the rules of web1");
  });

  it("are only looked at where they are in force", () => {
    expect(planApply(request(ALL)).steps.map(({ id }) => id)).toEqual(["see the rules of web1 in force"]);
  });
});

describe("what a host says of its firewall", () => {
  it("is read with where smc comes from", () => {
    expect(parseFirewall(ALL, "::ffff:10.0.0.1 40000 10.0.0.2 2222\n")).toEqual({
      nft: true,
      loaded: "as confirmed",
      enabled: true,
      rules: renderRules(rules),
      unit: UNIT.content,
      ssh: { from: "10.0.0.1", port: 2222 },
    });
    expect(parseFirewall(NOTHING, "\n")?.ssh).toBeUndefined();
  });

  it("is nothing when it is not whole", () => {
    fc.assert(
      fc.property(fc.nat(ALL.length - 1), length => {
        expect(parseFirewall(ALL.slice(0, length), "")).toBeUndefined();
      }),
    );
  });
});
