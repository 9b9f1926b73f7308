import { describe, expect, it } from "vitest";
import type { Deployment } from "../../src/inventory/model.ts";
import { problemsInUse } from "../../src/inventory/problems.ts";
import { exampleText, inventoryOf, load, problemsOf } from "./support.ts";

const inventory = inventoryOf(exampleText);

function deployment(name: string): Deployment {
  const found = inventory.deployments.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const instancesOf = (name: string, service: string) =>
  deployment(name).instances.filter(instance => instance.service === service);

describe("the services file of the real site", () => {
  it("has the deployments in file order", () => {
    expect([...inventory.deployments.keys()]).toEqual(["cloud", "storm", "local", "project"]);
  });

  it.each([
    ["cloud", 76],
    ["storm", 38],
  ])("expands %s to 57 VMs, 76 addresses and %i hubs", (name, hubs) => {
    const hosts = [...deployment(name).hosts.values()];
    expect(hosts.filter(host => host.kind === "vm")).toHaveLength(57);
    expect(new Set(hosts.map(host => host.address)).size).toBe(76);
    expect(instancesOf(name, "hub")).toHaveLength(hubs);
  });

  it("gives a VM all that its entries say", () => {
    expect(deployment("cloud").hosts.get("web12")).toMatchObject({
      kind: "vm",
      address: "10.1.12.3",
      dc: "DC0",
      role: "web",
      user: "salvus",
      ram: 8 * 1024 ** 3,
      cores: 4,
      vm: { machine: "cloud12", image: { newest: "salvus-*" }, driver: "kvm", cache: "writeback" },
    });
    const disks = deployment("storm").hosts.get("storm-compute1a")?.vm?.disks;
    expect(disks).toEqual(
      new Map([["home", { size: 16 * 1024 ** 3, fs: "ext4", format: "qcow2", device: undefined }]]),
    );
  });

  it("refines machines key by key", () => {
    expect(deployment("cloud").hosts.get("cloud3")).toMatchObject({
      address: "10.1.3.1",
      public: "128.95.224.237",
      dc: "DC1",
      site: "padelford",
      tags: ["admin"],
      disk: 4 * 1024 ** 4,
    });
  });

  it("puts hub i on hub + 2i and hub_proxy + 2i", () => {
    const hubs = instancesOf("cloud", "hub").filter(({ host }) => host === "web1");
    expect(hubs.map(({ name }) => name)).toEqual(["hub0@web1", "hub1@web1", "hub2@web1", "hub3@web1"]);
    expect(hubs.map(({ ports }) => ports)).toEqual(
      [0, 2, 4, 6].map(step => ({ hub: 5000 + step, hub_proxy: 5001 + step })),
    );
  });

  it("leaves the id out of the name where a host has only one", () => {
    expect(instancesOf("local", "hub").map(({ name }) => name)).toEqual(["hub@localhost"]);
  });

  it("lets a deployment override the block of ports", () => {
    expect(deployment("storm").ports).toMatchObject({ stunnel: 8443, haproxy: 8002, nginx: 8080 });
    expect(instancesOf("storm", "stunnel")[0]?.ports).toEqual({ stunnel: 8443 });
  });

  it("lays a project out from one number, and keeps what it extends", () => {
    const project = deployment("project");
    expect(project.ports).toMatchObject({
      haproxy: 8400,
      cassandra_internode: [8401, 8402],
      cassandra_native: 8403,
      cassandra_client: 8404,
      nginx: 8405,
      hub: 8406,
      hub_proxy: 8407,
      ssh: 22,
    });
    expect(project.transport).toBe("local");
    expect(project.services.has("stunnel")).toBe(false);
    expect(project.services.get("cassandra")?.settings).toMatchObject({
      cluster_name: "salvus1",
      initial_token: 0,
      heap: { max: 1024 ** 3, new: 128 * 1024 ** 2 },
    });
  });

  it("lets initial_token of a deployment take num_tokens of the defaults away", () => {
    expect(deployment("local").services.get("cassandra")?.settings).not.toHaveProperty("num_tokens");
    expect(deployment("cloud").services.get("cassandra")?.settings).toHaveProperty("num_tokens", 256);
  });

  it("overrides settings of single hosts", () => {
    const status = (host: string) =>
      instancesOf("cloud", "compute").find(instance => instance.host === host)?.settings["status"];
    expect(["compute4a", "compute5a"].map(status)).toEqual(["no-new-projects", "on"]);
  });

  it("keeps a secret as a reference", () => {
    expect(deployment("cloud").services.get("stunnel")?.settings["certificate"]).toEqual({
      secret: "sagemath.com/nopassphrase.pem",
    });
  });

  it("has warnings only, those of a deployment that needs another environment among them", () => {
    expect(problemsOf(exampleText)).toEqual([
      expect.stringContaining("91:128 warning: DC0 has one seed"),
      expect.stringContaining("91:128 warning: DC1 has one seed"),
      "115:15 warning: the environment has no SAGEMATHCLOUD",
      "119:42 warning: the environment has no USER",
    ]);
  });

  it("makes what is missing an error in the deployment that is used", () => {
    const { problems } = load(exampleText);
    const errorsOf = (name: string) =>
      problemsInUse(problems, name).filter(({ severity }) => severity === "error");
    expect(errorsOf("project")).toMatchObject([
      { line: 115, deployment: "project", message: "the environment has no SAGEMATHCLOUD" },
      { line: 119, deployment: "project", message: "the environment has no USER" },
    ]);
    expect(errorsOf("cloud")).toEqual([]);
  });

  it("fills the environment and JSON files in where they are there", () => {
    const environment: Record<string, string> = { SAGEMATHCLOUD: "/home/me/.smc", USER: "me" };
    const project = inventoryOf(exampleText, {
      resolvers: {
        env: name => environment[name],
        json: path => ({ value: path === "/home/me/.smc/info.json" ? { project_id: "6a63" } : {} }),
        hasSecret: () => true,
      },
    }).deployments.get("project");
    expect(project?.baseUrl).toBe("/6a63/port/8400");
    expect(project?.services.get("snap")?.settings["dir"]).toBe("/scratch/me/snap");
  });

  it("wants the secrets of the deployment that is used", () => {
    const resolvers = {
      env: () => "x",
      json: () => ({ value: { project_id: 1 } }),
      hasSecret: (of: string) => of !== "storm",
    };
    const { problems } = load(exampleText, { resolvers });
    const missing = problems.filter(problem => problem.missing === "secret");
    expect(missing).toMatchObject([
      { line: 31, message: "storm has no secret sagemath.com/nopassphrase.pem", deployment: "storm" },
    ]);
    expect(problemsInUse(problems, "storm").filter(({ severity }) => severity === "error")).toHaveLength(1);
    expect(problemsInUse(problems, "cloud").filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
