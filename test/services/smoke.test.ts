import { describe, expect, it } from "vitest";
import type { SmokeTest } from "../../src/inventory/model.ts";
import { askedTests } from "../../src/services/smoke.ts";
import { deploymentOf } from "../helpers/site.ts";

const of = (service: string): SmokeTest => ({
  name: `test of ${service}`,
  of: service,
  question: { kind: "command", command: "true" },
  timeout: 1000,
});

describe("the smoke tests that somebody is asked", () => {
  it("are those of services with an instance", () => {
    const { instances } = deploymentOf({ hub: ["web1"], haproxy: ["edge"] });
    const asked = askedTests({ instances, smoke: [of("haproxy"), of("stunnel"), of("hub")] });
    expect(asked.map(({ name }) => name)).toEqual(["test of haproxy", "test of hub"]);
    expect(askedTests({ instances })).toEqual([]);
  });
});
