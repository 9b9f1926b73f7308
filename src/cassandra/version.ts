import semver from "semver";

/** A release of Cassandra, `5.0.6`. */
export interface CassandraVersion {
  text: string;
  major: number;
  minor: number;
  patch: number;
}

const VERSION_PATTERN = /^(\d+)\.(\d+)(?:\.(\d+))?(?:[-.~][\w.~-]+)?$/;

/** Reads `5.0.6`, `4.1` or `5.0-beta1`. Gives undefined for anything else. */
export function parseCassandraVersion(text: string): CassandraVersion | undefined {
  const match = VERSION_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, major, minor, patch = "0"] = match;
  return { text: text.trim(), major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** The release series, within which nodes may be mixed freely: `5.0`. */
export function seriesOf(version: CassandraVersion): string {
  return `${version.major}.${version.minor}`;
}

/** Whether the release is `series` or a later one: `isAtLeast(version, "4.1")`. */
export function isAtLeast(version: CassandraVersion, series: string): boolean {
  return semver.gte(`${seriesOf(version)}.0`, `${series}.0`);
}
