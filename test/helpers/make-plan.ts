import type { HostTarget } from "../../src/base/host-target.ts";
import type { Plan, Step } from "../../src/plan/model.ts";

export function localTarget(name: string): HostTarget {
  return {
    name,
    kind: "local",
    address: "127.0.0.1",
    port: 22,
    user: "",
    connectTimeout: 1000,
    hostKeys: "strict",
  };
}

/** A step that would run `true`, unless `words` say otherwise. */
export function makeStep(id: string, words: Partial<Step> = {}): Step {
  return {
    id,
    title: id,
    kind: id.split(" ")[0] ?? id,
    host: "host1",
    action: { kind: "run", argv: ["true"] },
    needs: [],
    after: [],
    timeout: 5000,
    ...words,
  };
}

/** A plan of these steps on the hosts that they name. */
export function makePlan(steps: readonly Step[], words: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    command: ["start", "hub"],
    deployment: "test",
    createdAt: "2026-11-24T03:00:00.000Z",
    hosts: Object.fromEntries(steps.map(({ host }) => [host, localTarget(host)])),
    limits: { total: 16, perHost: 16, turns: {} },
    onFailure: "halt",
    relies: { inventory: "", instances: {} },
    steps,
    ...words,
  };
}
