import { describe, expect, it } from "vitest";
import { descriptionFor, descriptions, descriptionsOf } from "../../src/services/registry.ts";
import { CLOUD } from "./sites.ts";
import { deploymentOf } from "./support.ts";

describe("descriptionFor", () => {
  it("finds every service by its name", () => {
    for (const description of descriptions) expect(descriptionFor(description.name)).toBe(description);
  });

  it("says which name was probably meant", () => {
    expect(() => descriptionFor("ngnix")).toThrow(
      expect.objectContaining({ code: "SERVICE_UNKNOWN", hint: "did you mean nginx?" }),
    );
    expect(() => descriptionFor("postgres")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("hub, snap, nginx") }),
    );
  });
});

describe("descriptionsOf", () => {
  it("has the services of the deployment, its own included, and leaves out what smc cannot run", () => {
    const deployment = deploymentOf({
      ...CLOUD,
      services: {
        nginx: { at: ["web2"] },
        sync: { at: ["web2"], settings: { command: "syncd" } },
        mystery: { at: ["web2"] },
      },
    });
    expect([...descriptionsOf(deployment).keys()]).toEqual(["nginx", "sync"]);
  });
});
