import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/access/delivered.ts";
import { planPasswords, type PasswordsRequest } from "../../src/access/plan-passwords.ts";
import { planSecrets } from "../../src/access/plan-secrets.ts";
import { parsePlan } from "../../src/plan/check.ts";
import { secretsOf } from "../../src/plan/secrets.ts";
import { localTarget } from "../helpers/make-plan.ts";
import { ancestors, step } from "../helpers/plan.ts";

const base = {
  command: ["passwords", "rotate"],
  deployment: "storm",
  targets: ["web1", "web2"].map(name => ({ ...localTarget(name), user: "salvus" })),
  parallel: 8,
  administrator: "root",
  now: new Date("2026-01-02T03:04:05Z"),
  timeout: undefined,
};

describe("the plan for secrets", () => {
  const secret = {
    name: "keys/backup",
    path: "/etc/key",
    owner: "salvus",
    mode: 0o600,
    hosts: ["web1", "web2"],
  };
  const delivery = (state: Delivery["state"], words: Partial<Delivery> = {}): Delivery => ({
    host: "web1",
    path: secret.path,
    secret: secret.name,
    state,
    detail: "",
    ...words,
  });
  const plan = (...deliveries: Delivery[]) => planSecrets({ ...base, secrets: [secret], deliveries });

  it("writes down on the host that a secret comes before it is there, and what came when it is", () => {
    const made = plan(delivery("missing"));
    expect(parsePlan(JSON.stringify(made), "plan.json")).toEqual(made);
    expect(ancestors(made, "seal /etc/key on web1")).toEqual([
      "bring /etc/key to web1",
      "announce /etc/key on web1",
    ]);
    expect(step(made, "bring /etc/key to web1").action).toEqual({
      kind: "put",
      path: "/etc/key",
      content: [{ secret: "keys/backup" }, "\n"],
      mode: 0o600,
      owner: "salvus",
      runAs: "root",
    });
  });

  it("touches what differs and what is unneeded, tries hosts that are silent, and leaves the rest alone", () => {
    const hosts = (...deliveries: Delivery[]): string[] => plan(...deliveries).steps.map(({ id }) => id);
    expect(hosts(delivery("delivered"), delivery("foreign", { secret: undefined }))).toEqual([]);
    expect(hosts(delivery("unknown", { path: "", secret: undefined }))).toEqual([]);
    expect(hosts(delivery("differs"))).toHaveLength(3);
    expect(hosts(delivery("unknown", { host: "web2" }))).toHaveLength(3);
    expect(hosts(delivery("unneeded", { path: "/old", secret: undefined }))).toEqual([
      "remove /old from web1",
    ]);
  });
});

describe("the plan for passwords", () => {
  const request: PasswordsRequest = {
    ...base,
    changing: [
      { host: "web1", account: "salvus" },
      { host: "web2", account: "salvus" },
    ],
    changed: [],
    complete: ["salvus"],
    locked: [],
    unlock: false,
    here: localTarget("here"),
    secretsFolder: "/site/secrets/storm",
  };

  it("hands the password over by stdin alone, as the name of a secret", () => {
    const plan = planPasswords(request);
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    expect(secretsOf(plan)).toEqual([{ name: "accounts/salvus.new", generated: false }]);
    for (const { action, kind } of plan.steps.filter(one => one.kind !== "keep passwords")) {
      expect(action).toMatchObject({ kind: "run", stdin: [{ secret: "accounts/salvus.new" }, "\n"] });
      expect("runAs" in action ? action.runAs : "nobody").toBe(kind === "set passwords" ? "root" : "nobody");
    }
  });

  it("keeps the old password until every host has the new one", () => {
    const plan = planPasswords(request);
    const before = ancestors(plan, "keep the new password of salvus");
    expect(before).toEqual(expect.arrayContaining(["become salvus on web1", "become salvus on web2"]));
    expect(step(plan, "keep the new password of salvus")).toMatchObject({ host: "here" });
    expect(step(plan, "become salvus on web1").needs).toEqual(["set the password of salvus on web1"]);
    expect(plan.onFailure).toBe("continue");
    const part = planPasswords({ ...request, changing: request.changing.slice(0, 1), complete: [] });
    expect(part.steps.map(({ kind }) => kind)).toEqual(["set passwords", "try passwords"]);
    const last = planPasswords({ ...request, changing: [] });
    expect(last.steps.map(({ id }) => id)).toEqual(["keep the new password of salvus"]);
  });

  it("tries every host again before the old password goes, as an earlier run may have ended before that", () => {
    const [first, ...rest] = request.changing;
    const plan = planPasswords({ ...request, changing: rest, changed: first === undefined ? [] : [first] });
    expect(step(plan, "become salvus on web1").needs).toEqual([]);
    expect(ancestors(plan, "keep the new password of salvus")).toContain("become salvus on web1");
    const part = planPasswords({ ...request, changing: [], changed: request.changing, complete: [] });
    expect(part.steps).toEqual([]);
  });

  it("does not try to become somebody as root, who becomes anybody", () => {
    const targets = base.targets.map(target => ({ ...target, user: "root" }));
    const kinds = planPasswords({ ...request, targets }).steps.map(({ kind }) => kind);
    expect(kinds).not.toContain("try passwords");
  });
});
