import { describe, expect, it } from "vitest";
import type { Deployment } from "../../src/inventory/model.ts";
import { onceFor } from "../../src/services/once.ts";
import { deploymentOf } from "../helpers/site.ts";

describe("what is found once for a deployment", () => {
  it("is searched for once, also where nothing was found", () => {
    let searches = 0;
    const find = ({ services }: Deployment): unknown => {
      searches += 1;
      return services.get("nginx");
    };
    const once = onceFor(deploymentOf({ hub: ["web1"] }));
    expect([once(find), once(find), searches]).toEqual([undefined, undefined, 1]);
  });

  it("is its own for each deployment", () => {
    const nameOf = ({ instances }: Deployment): string | undefined => instances[0]?.name;
    const found = ["web1", "web2"].map(host => onceFor(deploymentOf({ hub: [host] }))(nameOf));
    expect(found).toEqual(["hub@web1", "hub@web2"]);
  });
});
