import { parseCassandraVersion, type CassandraVersion } from "../../cassandra/version.ts";
import type { ArtefactRef } from "../../plan/model.ts";
import { artefactSource, type SourceSetting } from "../artefact-source.ts";

/** `group:artifact:version`, as Maven writes it. */
export const MAVEN_PATTERN = /^[\w.-]+:[\w.-]+:[\w.-]+$/;

/** What smc takes where the services file names neither a version nor a source. */
export const DEFAULT_VERSION: CassandraVersion = { text: "5.0.6", major: 5, minor: 0, patch: 6 };
const MAVEN_NAME = "org.apache.cassandra:cassandra-all";

/** The release that the services file names, by `version:` or in its Maven coordinates; undefined when it names none. */
export function versionOf(settings: {
  version?: string | undefined;
  source?: SourceSetting | undefined;
}): CassandraVersion | undefined {
  const { source, version } = settings;
  const named = source !== undefined && "maven" in source ? source.maven.split(":").at(-1) : version;
  return named === undefined ? undefined : parseCassandraVersion(named);
}

/** The jars to put on a host. With neither source nor version they are those of `DEFAULT_VERSION` from Maven Central. */
export function artefactOf(settings: {
  version?: string | undefined;
  source?: SourceSetting | undefined;
}): ArtefactRef {
  const version = (versionOf(settings) ?? DEFAULT_VERSION).text;
  const { source = { maven: `${MAVEN_NAME}:${version}` } } = settings;
  return { name: "cassandra", version, source: artefactSource(source) };
}
