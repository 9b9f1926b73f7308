import * as v from "valibot";
import type { Deployment, Host, Instance } from "../../src/inventory/model.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../../src/services/model.ts";
import { onceFor } from "../../src/services/once.ts";
import type { PlanRequest } from "../../src/services/planners/request.ts";

const PORTS: Deployment["ports"] = {
  ssh: 22,
  tinc: 655,
  stunnel: 443,
  http_redirect: 80,
  haproxy: 8000,
  nginx: 8080,
  hub: 5000,
  hub_proxy: 5001,
  cassandra_client: 9160,
  cassandra_native: 9042,
  cassandra_internode: [7000, 7001],
  cassandra_jmx: 7199,
  images: 873,
};

/** A deployment with the given instances, `{cassandra: ["db1", "db2"], hub: ["web1"]}`, each host at an address of its own. */
export function deploymentOf(
  services: Readonly<Record<string, readonly string[]>>,
  options: { transport?: "ssh" | "local" } = {},
): Deployment {
  const names = [...new Set(Object.values(services).flat())];
  const instances = Object.entries(services).flatMap(([service, hosts]) =>
    hosts.map(host => instanceOf(service, host)),
  );
  return {
    name: "test",
    site: "test.example",
    transport: options.transport ?? "ssh",
    baseUrl: "",
    ports: PORTS,
    ssh: { parallel: 19, connectTimeout: 10_000, hostKeys: "strict", become: "sudo" },
    timeouts: { start: 60_000, stop: 60_000, ready: 600_000 },
    hosts: new Map(names.map((name, index) => [name, hostOf(name, `127.9.0.${index + 1}`)])),
    services: new Map(Object.entries(services).map(([name, hosts]) => [name, { name, settings: {}, hosts }])),
    instances,
  };
}

/** A description for planner tests: one file, a program, and what `more` adds. */
export function describe(
  name: string,
  more: Partial<ServiceDescription> & { rendered?: Partial<RenderedInstance> } = {},
): ServiceDescription {
  const { rendered, ...description } = more;
  return {
    name,
    summary: name,
    settings: v.looseObject({}),
    needs: [],
    oneAtATime: false,
    ...description,
    render: context => ({ ...renderedFor(name, context), ...rendered }),
  };
}

/** A request for all instances of a deployment, with nothing observed. */
export function requestFor(
  deployment: Deployment,
  descriptions: readonly ServiceDescription[],
  more: Partial<PlanRequest> = {},
): PlanRequest {
  return {
    deployment,
    once: onceFor(deployment),
    descriptions: new Map(descriptions.map(description => [description.name, description])),
    stateDirectory: "/state",
    siteDirectory: "/site",
    command: ["start", "all"],
    instances: deployment.instances,
    parallel: undefined,
    keepGoing: false,
    observed: new Map(),
    now: new Date("2026-01-02T03:04:05Z"),
    timeout: undefined,
    ...more,
  };
}

function renderedFor(name: string, { host, folders }: InstanceContext<unknown>): RenderedInstance {
  return {
    software: { kind: "none" },
    folders: [{ path: folders.config, mode: 0o750 }],
    files: [{ path: `${folders.config}/${name}.conf`, content: [`address ${host.address}\n`], mode: 0o640 }],
    user: "",
    command: { argv: [name], env: {}, directory: folders.config, limits: {}, stopSignal: "TERM" },
    log: `${folders.log}/${name}.log`,
    listens: [],
    ready: { kind: "tcp", address: host.address, port: 1 },
  };
}

function instanceOf(service: string, host: string): Instance {
  return { name: `${service}@${host}`, service, host, id: 0, ports: {}, settings: {} };
}

function hostOf(name: string, address: string): Host {
  return {
    name,
    kind: "machine",
    address,
    public: undefined,
    user: "salvus",
    dc: "DC0",
    rack: undefined,
    site: undefined,
    role: undefined,
    tags: [],
    managed: true,
    ram: undefined,
    cores: undefined,
    disk: undefined,
    vm: undefined,
  };
}
