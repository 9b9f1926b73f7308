import { OperatorError } from "../../base/operator-error.ts";
import { parseCassandraVersion, type CassandraVersion } from "../../cassandra/version.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import { wantedRelease } from "../../services/cassandra/release.ts";
import type { Site } from "../load.ts";
import type { PauseOptions } from "../pause.ts";
import type { RingOptions } from "../ring/options.ts";

/** Options of `smc upgrade`. */
export interface UpgradeOptions extends RingOptions, PauseOptions {
  to?: string;
  /** Back to a release that the nodes come from. */
  rollback?: boolean;
  /** Back though that loses what was made and changed since. */
  allowLoss?: boolean;
  /** What follows when all nodes run the release, and cannot be taken back. */
  finish?: boolean;
}

/** What is asked for. */
export type UpgradeWish =
  { kind: "switch"; to: CassandraVersion; direction: "up" | "back" } | { kind: "finish" };

/** Reads the words of the command line. Throws an OperatorError (exit 2) for those that make no sense together. */
export function readWish(service: string, options: UpgradeOptions, site: Site): UpgradeWish {
  if (service !== "cassandra")
    throw usage(`smc upgrade is for cassandra: ${service} has no data to mind`, `smc restart ${service}`);
  const { finish, rollback, to, observed, allowLoss } = options;
  if (finish === true) {
    if (to !== undefined || rollback === true)
      throw usage("--finish is of the release that all nodes run: it goes without --to and --rollback", "");
    if (observed !== undefined)
      throw usage("--finish asks the nodes themselves: it goes without --observed", "");
    return { kind: "finish" };
  }
  if (allowLoss === true && rollback !== true)
    throw usage("--allow-loss is of --rollback: nothing else of an upgrade loses anything", "");
  if (rollback === true && to === undefined)
    throw usage("--rollback goes to a release that is named", "smc upgrade cassandra --rollback --to 4.1.10");
  const version = to === undefined ? wantedBySite(site) : parseCassandraVersion(to);
  if (version === undefined) throw usage(`--to takes a release, not "${to}"`, "--to 5.0.6");
  return { kind: "switch", to: version, direction: rollback === true ? "back" : "up" };
}

function wantedBySite({ deployment }: Site): CassandraVersion {
  const wanted = new Map(
    nodesOf(deployment)
      .map(wantedRelease)
      .map(version => [version.text, version]),
  );
  const [only, ...others] = wanted.values();
  if (only !== undefined && others.length === 0) return only;
  throw usage(`the services file names several releases: ${[...wanted.keys()].join(", ")}`, "--to 5.0.6");
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError(message, { code: "USAGE", ...(hint === "" ? {} : { hint }) });
}
