import semver from "semver";
import type { CassandraVersion } from "../../version.ts";

/** What `nodetool repair` of a release does when a repair does not go well. */
export interface RepairBehaviour {
  /** The exit code after a session that failed: 0 on releases whose exit code tells nothing. */
  failedExit: 0 | 1 | 2;
  /** When the node has dropped some of what it wanted to tell: waits on for the end, ends as if it had failed, or asks. */
  lostNotification: "waits" | "fails" | "asks";
  /** When the connection to the node ends: nodetool waits for ever, or ends with an error. */
  closedConnection: "waits" | "fails";
}

/**
 * By the first release that has it. Read in NodeProbe and RepairRunner of 1.2.9, 2.0.4, 2.1.5, 2.2.6, 3.11.1 and 3.11.5, in
 * RepairRunner @ 031eb93 (later than 4.0), and in the changes for CASSANDRA-9569 (2.1.6) and CASSANDRA-12508 (3.0.9, 3.10).
 * Whether a late 2.2 got CASSANDRA-12508 is not known: its exit code is not believed.
 */
const BEHAVIOURS: readonly (readonly [string, RepairBehaviour])[] = [
  ["4.0.0", { failedExit: 2, lostNotification: "asks", closedConnection: "fails" }],
  ["3.10.0", { failedExit: 2, lostNotification: "waits", closedConnection: "fails" }],
  ["3.1.0", { failedExit: 0, lostNotification: "waits", closedConnection: "fails" }],
  ["3.0.9", { failedExit: 2, lostNotification: "waits", closedConnection: "fails" }],
  ["2.2.0", { failedExit: 0, lostNotification: "waits", closedConnection: "fails" }],
  ["2.1.6", { failedExit: 2, lostNotification: "waits", closedConnection: "fails" }],
  ["2.1.0", { failedExit: 0, lostNotification: "waits", closedConnection: "fails" }],
  ["2.0.0", { failedExit: 1, lostNotification: "fails", closedConnection: "fails" }],
];

const OLDEST: RepairBehaviour = { failedExit: 1, lostNotification: "waits", closedConnection: "waits" };

/** How the `nodetool repair` of a release ends, or does not end, when a repair does not go well. */
export function repairBehaviour({ major, minor, patch }: CassandraVersion): RepairBehaviour {
  const version = `${major}.${minor}.${patch}`;
  return BEHAVIOURS.find(([first]) => semver.gte(version, first))?.[1] ?? OLDEST;
}
