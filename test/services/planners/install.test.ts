import { describe, expect, it } from "vitest";
import { planStart } from "../../../src/services/planners/start.ts";
import * as site from "../../helpers/site.ts";

function installAction(ownUnits: readonly string[] | undefined, transport: "ssh" | "local"): unknown {
  const software = { kind: "packages", packages: ["nginx-light"], binary: "nginx" } as const;
  const description = site.describe("nginx", {
    rendered: { software: ownUnits === undefined ? software : { ...software, ownUnits } },
  });
  const deployment = site.deploymentOf({ nginx: ["web1"] }, { transport });
  const plan = planStart(site.requestFor(deployment, [description]));
  return plan.steps.find(step => step.kind === "install nginx")?.action;
}

describe("the installation of packages", () => {
  it("masks the packages' own units before they could start on a port of the site", () => {
    expect(installAction(["nginx.service"], "ssh")).toMatchObject({
      runAs: "root",
      argv: [
        "sh",
        "-c",
        "systemctl mask --quiet nginx.service && apt-get install --yes --no-install-recommends nginx-light",
      ],
    });
  });

  it("is nothing but apt-get where there are none", () => {
    expect(installAction(undefined, "ssh")).toMatchObject({
      argv: ["apt-get", "install", "--yes", "--no-install-recommends", "nginx-light"],
    });
  });

  it("is advice on local, where smc is not root", () => {
    expect(installAction(["nginx.service"], "local")).toMatchObject({
      argv: expect.arrayContaining(["nginx is not on this machine: apt-get install nginx-light"]),
    });
  });
});
