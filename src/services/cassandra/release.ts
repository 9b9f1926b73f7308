import type { CassandraVersion } from "../../cassandra/version.ts";
import type { Deployment, Instance, ServiceSettings } from "../../inventory/model.ts";
import type { CassandraSettings } from "./settings.ts";
import { nodesOf } from "./ring.ts";
import { DEFAULT_VERSION, versionOf } from "./source.ts";

/** How a deployment is thought of while its nodes are on their way from one release to another. */
export interface ReleaseWords {
  version: CassandraVersion;
  /** Keys of cassandra.yaml that are what they are whatever the services file says. */
  config?: Readonly<Record<string, string>>;
}

/** The deployment as the services file would have it with every node of its ring at this release. */
export function atRelease(deployment: Deployment, words: ReleaseWords): Deployment {
  const nodes = new Set(nodesOf(deployment));
  const instances = deployment.instances.map(instance =>
    nodes.has(instance) ? { ...instance, settings: settingsAt(instance, words) } : instance,
  );
  return { ...deployment, instances };
}

/** The settings of a node as its description reads them. */
export function settingsOf({ settings }: Instance): Pick<CassandraSettings, "version" | "source" | "config"> {
  // They were checked by CassandraSettingsSchema when the services file was read.
  return settings as unknown as CassandraSettings;
}

/** The release that the services file wants for a node. */
export function wantedRelease(instance: Instance): CassandraVersion {
  return versionOf(settingsOf(instance)) ?? DEFAULT_VERSION;
}

/** Why the services file cannot say where the software of a release comes from; undefined when it can. */
export function sourceProblem(instance: Instance, version: CassandraVersion): string | undefined {
  const { source } = settingsOf(instance);
  if (source === undefined || "maven" in source || wantedRelease(instance).text === version.text)
    return undefined;
  return `source: of ${instance.host} is that of ${wantedRelease(instance).text}: set version: ${version.text} and source: of it in the services file`;
}

function settingsAt(instance: Instance, { version, config }: ReleaseWords): ServiceSettings {
  const { source, ...settings } = instance.settings;
  const known = settingsOf(instance);
  const own = {
    ...settings,
    version: version.text,
    ...(config === undefined ? {} : { config: { ...known.config, ...config } }),
  };
  if (wantedRelease(instance).text === version.text) return { ...own, source };
  if (known.source === undefined || !("maven" in known.source)) return own;
  const [group = "", artefact = ""] = known.source.maven.split(":");
  return { ...own, source: { maven: `${group}:${artefact}:${version.text}` } };
}
