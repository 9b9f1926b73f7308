import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Probe, Step } from "../../../src/plan/model.ts";
import { planStart } from "../../../src/services/planners/start.ts";
import * as site from "../../helpers/site.ts";

function installAction(ownUnits: readonly string[] | undefined, transport: "ssh" | "local"): unknown {
  return installStep(ownUnits, transport)?.action;
}

function installStep(
  ownUnits: readonly string[] | undefined,
  transport: "ssh" | "local",
  binary = "nginx",
): Step | undefined {
  const software = { kind: "packages", packages: ["nginx-light"], binary } as const;
  const description = site.describe("nginx", {
    rendered: { software: ownUnits === undefined ? software : { ...software, ownUnits } },
  });
  const deployment = site.deploymentOf({ nginx: ["web1"] }, { transport });
  const plan = planStart(site.requestFor(deployment, [description]));
  return plan.steps.find(step => step.kind === "install nginx");
}

/** What the probe of a step says on this machine, for a login user on Debian: no sbin on PATH. */
function asLoginUser(probe: Probe | undefined): number | null {
  if (probe?.kind !== "command") throw new Error("the step has no command that tells that it is done");
  const [program = "", ...words] = probe.argv;
  return spawnSync(program, words, { env: { PATH: "/usr/bin:/bin" } }).status;
}

describe("the installation of an artefact", () => {
  it("comes from the folder of the services file, wherever the plan is carried out", () => {
    const artefact = { name: "hub", version: "1", source: { kind: "folder", path: "../hub" } } as const;
    const software = { kind: "artefact", artefact, folder: "/opt/smc/hub" } as const;
    const description = site.describe("hub", { rendered: { software } });
    const deployment = site.deploymentOf({ hub: ["web1"] });
    const plan = planStart(site.requestFor(deployment, [description], { siteDirectory: "/srv/site/conf" }));
    expect(plan.steps.find(step => step.kind === "install hub")?.action).toMatchObject({
      kind: "push",
      artefact: { source: { path: "/srv/site/hub" } },
    });
  });
});

describe("the installation of packages", () => {
  it("masks the packages' own units before they could start on a port of the site", () => {
    expect(installAction(["nginx.service"], "ssh")).toMatchObject({
      runAs: "root",
      argv: [
        "sh",
        "-c",
        expect.stringMatching(
          /^systemctl mask --quiet nginx\.service && apt-get install --yes --no-install-recommends .*nginx-light$/,
        ),
      ],
    });
  });

  it("is nothing but apt-get where there are none", () => {
    expect(installAction(undefined, "ssh")).toMatchObject({
      argv: [
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        "--option",
        "DPkg::Lock::Timeout=300",
        "nginx-light",
      ],
    });
  });

  it("is done where the program is there, though in sbin only", () => {
    expect(asLoginUser(installStep([], "ssh", "sh")?.done)).toBe(0);
    expect(asLoginUser(installStep([], "ssh", "chroot")?.done)).toBe(0);
    expect(asLoginUser(installStep([], "ssh", "no-such-program")?.done)).not.toBe(0);
  });

  it("is advice on local, where smc is not root", () => {
    expect(installAction(["nginx.service"], "local")).toMatchObject({
      argv: expect.arrayContaining(["nginx is not on this machine: apt-get install nginx-light"]),
    });
  });
});
