import * as v from "valibot";
import type { Deployment, Host, Instance } from "../../src/inventory/model.ts";
import type { Content } from "../../src/plan/model.ts";
import { customSettings } from "../../src/services/custom/settings.ts";
import type { InstanceContext, RenderedInstance } from "../../src/services/model.ts";
import { onceFor } from "../../src/services/once.ts";
import { foldersFor } from "../../src/services/planners/folders.ts";
import { descriptions, descriptionsOf } from "../../src/services/registry.ts";

/** A site as a test writes it. */
export interface SiteWords {
  transport?: "ssh" | "local";
  baseUrl?: string;
  /** Address and data centre by host name. */
  hosts: Readonly<Record<string, { address: string; dc?: string }>>;
  services: Readonly<Record<string, ServiceWords>>;
  stateDirectory?: string;
  ports?: Partial<Deployment["ports"]>;
}

export interface ServiceWords {
  at: readonly string[];
  instances?: number;
  /** As in the services file; the schema of the service reads them. */
  settings?: Readonly<Record<string, unknown>>;
}

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

/** Expands the words of a test into a deployment, as the inventory does for a services file. */
export function deploymentOf(words: SiteWords): Deployment {
  const services = Object.entries(words.services).map(([name, service]) => ({
    ...service,
    name,
    settings: readSettings(name, service.settings ?? {}),
  }));
  return {
    name: "cloud",
    site: "cloud.example.com",
    transport: words.transport ?? "ssh",
    baseUrl: words.baseUrl ?? "",
    ports: { ...PORTS, ...words.ports },
    ssh: { parallel: 19, connectTimeout: 10_000, hostKeys: "strict", become: "sudo" },
    timeouts: { start: 60_000, stop: 60_000, ready: 600_000 },
    hosts: new Map(Object.entries(words.hosts).map(([name, host]) => [name, hostOf(name, host)])),
    services: new Map(services.map(({ name, settings, at }) => [name, { name, settings, hosts: at }])),
    instances: services.flatMap(service =>
      service.at.flatMap(host =>
        Array.from({ length: service.instances ?? 1 }, (_, id) => instanceOf(service, host, id)),
      ),
    ),
  };
}

/** One instance of a site, rendered by the description of its service. */
export function renderOf(words: SiteWords, name: string): RenderedInstance {
  const context = contextOf(words, name);
  const description = descriptionsOf(context.deployment).get(context.instance.service);
  if (description === undefined) throw new Error(`nothing describes ${name}`);
  return description.render(context);
}

/** What a description is given of one instance of a site. */
export function contextOf(words: SiteWords, name: string): InstanceContext<Instance["settings"]> {
  const deployment = deploymentOf(words);
  const instance = deployment.instances.find(candidate => candidate.name === name);
  const host = deployment.hosts.get(instance?.host ?? "");
  if (instance === undefined || host === undefined) throw new Error(`the test's site has no ${name}`);
  const folders = foldersFor({ deployment, host, instance }, words.stateDirectory ?? "/state");
  return { deployment, host, instance, settings: instance.settings, folders, once: onceFor(deployment) };
}

/** The text of a rendered file, secrets as `[secret NAME]`. */
export function textOf(rendered: RenderedInstance, ending: string): string {
  const file = rendered.files.find(({ path }) => path.endsWith(ending));
  if (file === undefined) throw new Error(`no file ${ending} among ${rendered.files.length} files`);
  return contentText(file.content);
}

/** Content as one text, secrets as `[secret NAME]`. */
export function contentText(content: Content): string {
  return content.map(part => (typeof part === "string" ? part : `[secret ${part.secret}]`)).join("");
}

function readSettings(
  name: string,
  raw: Readonly<Record<string, unknown>>,
): Deployment["instances"][number]["settings"] {
  const known = descriptions.find(description => description.name === name);
  if (known === undefined && raw["command"] === undefined) return raw;
  return v.parse(v.record(v.string(), v.unknown()), v.parse(known?.settings ?? customSettings, raw));
}

function instanceOf(
  service: { name: string; instances?: number; settings: Instance["settings"] },
  host: string,
  id: number,
): Instance {
  const { name, settings } = service;
  const ports = name === "hub" ? { hub: 5000 + 2 * id, hub_proxy: 5001 + 2 * id } : {};
  const numbered = service.instances === undefined ? "" : String(id);
  return { name: `${name}${numbered}@${host}`, service: name, host, id, ports, settings };
}

function hostOf(name: string, { address, dc }: { address: string; dc?: string }): Host {
  return {
    name,
    kind: "machine",
    address,
    public: undefined,
    user: "salvus",
    dc,
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
