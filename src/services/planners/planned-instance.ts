import { resolve } from "node:path";
import { administratorOf } from "../../inventory/administrator.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { ServiceName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Deployment, Host, Instance, ServiceSettings } from "../../inventory/model.ts";
import type { Unit } from "../../plan/model.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import type { Once } from "../once.ts";
import { foldersFor } from "./folders.ts";
import { unitFor } from "./unit.ts";

/** An instance with its description applied: what every verb plans with. */
export interface PlannedInstance {
  instance: Instance;
  host: Host;
  target: HostTarget;
  description: ServiceDescription;
  rendered: RenderedInstance;
  unit: Unit;
  /** Those of the service over those of the deployment. */
  timeouts: Deployment["timeouts"];
  /** Who may write configuration and manage units; absent on `local`, where it is the user at the keyboard. */
  administrator: string | undefined;
}

/** What rendering needs beside the instances themselves. */
export interface RenderingSite {
  deployment: Deployment;
  /** What was found in that deployment, for all instances. */
  once: Once;
  descriptions: ReadonlyMap<ServiceName, ServiceDescription>;
  /** Root of everything that a `local` deployment keeps. */
  stateDirectory: string;
  /** The folder of the services file: relative paths of the controller start there. */
  siteDirectory: string;
  /** Overrides of the services file by the command line. */
  connectTimeout?: number;
}

/** Renders one instance by its description. Throws an OperatorError when the service has none. */
export function planInstance(site: RenderingSite, instance: Instance): PlannedInstance {
  const { deployment } = site;
  const description = site.descriptions.get(instance.service);
  if (description === undefined) {
    throw new OperatorError(`${instance.service} is in the services file, but smc has no description of it`, {
      code: "SERVICE_UNKNOWN",
      hint: "smc inventory  shows the services; give a service of your own a `command:`",
    });
  }
  const context = instanceContext(site, instance);
  const rendered = withAbsoluteSource(description.render(context), site.siteDirectory);
  return {
    instance,
    host: context.host,
    target: targetOf(site, context.host),
    description,
    rendered,
    unit: unitFor({ deployment, instance }, rendered, context.folders),
    timeouts: instance.timeouts ?? deployment.timeouts,
    administrator: administratorOf(deployment),
  };
}

/** What a description may look at for this instance. */
export function instanceContext(site: RenderingSite, instance: Instance): InstanceContext<ServiceSettings> {
  const { deployment, once } = site;
  const host = hostOf(deployment, instance);
  const folders = foldersFor({ deployment, host, instance }, site.stateDirectory);
  return { deployment, host, instance, settings: instance.settings, folders, once };
}

/** How to reach a host of the deployment. */
export function targetOf(site: Pick<RenderingSite, "deployment" | "connectTimeout">, host: Host): HostTarget {
  const { deployment } = site;
  return {
    name: host.name,
    kind: deployment.transport,
    address: host.address,
    port: host.sshPort ?? deployment.ports.ssh,
    user: host.user,
    connectTimeout: site.connectTimeout ?? deployment.ssh.connectTimeout,
    hostKeys: deployment.ssh.hostKeys,
  };
}

/** A plan may be carried out from another folder than it was made in. */
function withAbsoluteSource(rendered: RenderedInstance, siteDirectory: string): RenderedInstance {
  const { software } = rendered;
  if (software.kind !== "artefact" || software.artefact.source.kind === "maven") return rendered;
  const { artefact } = software;
  const source = { ...software.artefact.source, path: resolve(siteDirectory, software.artefact.source.path) };
  return { ...rendered, software: { ...software, artefact: { ...artefact, source } } };
}

function hostOf(deployment: Deployment, instance: Instance): Host {
  const host = deployment.hosts.get(instance.host);
  if (host === undefined)
    throw new Error(`instance ${instance.name} is on a host that is not in the inventory`);
  return host;
}
