import { describe, expect, it } from "vitest";
import type { Deployment, Instance } from "../../src/inventory/model.ts";
import type { RenderedInstance } from "../../src/services/model.ts";
import { onceFor } from "../../src/services/once.ts";
import { planInstall } from "../../src/services/planners/plan-install.ts";
import { planReload } from "../../src/services/planners/reload.ts";
import { beginPlanning, type PlanRequest } from "../../src/services/planners/request.ts";
import { planRestart } from "../../src/services/planners/restart.ts";
import { planStart } from "../../src/services/planners/start.ts";
import { planStop } from "../../src/services/planners/stop.ts";
import { descriptionsOf } from "../../src/services/registry.ts";
import { systemdUnitFile } from "../../src/services/systemd-unit.ts";
import { exampleText, inventoryOf } from "../inventory/support.ts";

const resolvers = {
  env: (name: string) => ({ USER: "ada", SAGEMATHCLOUD: "/conf" })[name],
  json: () => ({ value: "1a2b" }),
  hasSecret: () => true,
};

function requestOf(deployment: Deployment, instances: readonly Instance[]): PlanRequest {
  return {
    deployment,
    once: onceFor(deployment),
    descriptions: descriptionsOf(deployment),
    stateDirectory: "/state",
    siteDirectory: "/site",
    command: ["start", "all"],
    instances,
    parallel: undefined,
    keepGoing: false,
    observed: new Map(),
    now: new Date(0),
    timeout: undefined,
  };
}

function renderAll(deployment: Deployment): Map<string, RenderedInstance> {
  const planning = beginPlanning(requestOf(deployment, deployment.instances));
  return new Map(deployment.instances.map(instance => [instance.name, planning.render(instance).rendered]));
}

describe("the real site", () => {
  const { deployments } = inventoryOf(exampleText, { resolvers });

  it.each([...deployments.keys()])("renders every instance of %s, twice with the same bytes", name => {
    const deployment = deployments.get(name);
    if (deployment === undefined) throw new Error(`no deployment ${name}`);
    const first = renderAll(deployment);
    expect(first.size).toBe(deployment.instances.length);
    expect([...renderAll(deployment)]).toEqual([...first]);
  });

  it.each(["start", "stop", "restart", "reload", "install"] as const)("can be planned for smc %s", verb => {
    const planners = {
      start: planStart,
      stop: planStop,
      restart: planRestart,
      reload: planReload,
      install: planInstall,
    };
    for (const deployment of deployments.values()) {
      const reloads = deployment.instances.filter(
        ({ service }) => verb !== "reload" || service === "haproxy",
      );
      const plan = planners[verb](requestOf(deployment, reloads), { allowLoss: false });
      expect(plan.steps.length).toBeGreaterThanOrEqual(verb === "install" ? 1 : reloads.length);
    }
  });

  it("gives each instance on a host ports, files and units of its own", () => {
    const cloud = deployments.get("cloud");
    if (cloud === undefined) throw new Error("no cloud");
    const rendered = renderAll(cloud);
    const taken = cloud.instances.flatMap(({ name, host }) => {
      const { listens, files } = rendered.get(name) ?? { listens: [], files: [] };
      return [
        ...listens.map(({ address, port }) => `${host} ${address}:${port}`),
        ...files.map(({ path }) => `${host} ${path}`),
      ];
    });
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.length).toBeGreaterThan(300);
  });

  it("has a unit file for every instance that runs on a real host", () => {
    const cloud = deployments.get("cloud");
    const rendered = cloud === undefined ? new Map<string, RenderedInstance>() : renderAll(cloud);
    for (const instance of cloud?.instances ?? []) {
      const host = cloud?.hosts.get(instance.host);
      const unit = rendered.get(instance.name);
      if (host === undefined || unit === undefined) throw new Error(`${instance.name} is nowhere`);
      expect(systemdUnitFile({ instance, host, rendered: unit })).toMatch(/^ExecStart="[^"]+"/m);
    }
  });
});
