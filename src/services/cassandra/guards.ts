import { DEFAULT_MODE, STORAGE_MODE } from "../../cassandra/upgrade/storage-mode.ts";
import { wholeScript } from "../../cassandra/upgrade/kept.ts";
import { isAtLeast } from "../../cassandra/version.ts";
import type { RenderedInstance } from "../model.ts";
import type { NodePlaces } from "./places.ts";
import type { CassandraSettings } from "./settings.ts";
import { DEFAULT_VERSION, versionOf } from "./source.ts";

/** Arguments: the launcher, the release that is wanted. A node that was never started has no launcher. */
const SAME_RELEASE = String.raw`test -e "$1" || exit 0
last=$(sed -n 's|.*/\([^/]*\)/lib/jamm-.*|\1|p' "$1" | head -n 1 | tr -d "'\"")
[ "$last" = "$2" ] || { echo "the node runs or ran $last and the services file says $2: smc upgrade cassandra changes releases, or set version: $last"; exit 1; }`;

/** Arguments: cassandra.yaml, the mode that is wanted. Each mode goes to the next by a restart of all nodes, and none goes back. */
const NEXT_MODE = String.raw`test -e "$1" || exit 0
last=$(sed -n "s/^${STORAGE_MODE}: *'\{0,1\}\([A-Z0-9_]*\)'\{0,1\} *\$/\1/p" "$1")
case "${"${last:-CASSANDRA_4}"} $2" in
  "CASSANDRA_4 CASSANDRA_4"|"CASSANDRA_4 UPGRADING"|"UPGRADING UPGRADING"|"UPGRADING NONE"|"NONE NONE") exit 0 ;;
esac
echo "the node has ${STORAGE_MODE}: ${"${last:-CASSANDRA_4}"} and the services file says $2: smc upgrade cassandra --finish goes on, nothing goes back"; exit 1`;

/**
 * A node is not started by the way with another release, nor with its tables half put back to one, nor in a mode that does not follow
 * the one that it has.
 */
export function guardsOf(
  settings: CassandraSettings,
  { config, data }: NodePlaces,
): NonNullable<RenderedInstance["guards"]> {
  const version = versionOf(settings) ?? DEFAULT_VERSION;
  const account = settings.run_as === "user" ? {} : { runAs: settings.run_as };
  const release = {
    name: "release",
    title: `see that the node has not run another release than ${version.text}`,
    argv: ["sh", "-c", SAME_RELEASE, "sh", `${config}/cassandra`, version.text],
    ...account,
  };
  const whole = {
    name: "whole",
    title: "see that the node is not half way back to another release",
    argv: wholeScript(data),
    ...account,
  };
  if (!isAtLeast(version, "5.0")) return [release, whole];
  const said = settings.config[STORAGE_MODE];
  const mode = typeof said === "string" ? said : DEFAULT_MODE;
  return [
    release,
    whole,
    {
      name: "storage mode",
      title: `see that ${STORAGE_MODE} ${mode} follows what the node has`,
      argv: ["sh", "-c", NEXT_MODE, "sh", `${config}/cassandra.yaml`, mode],
      ...account,
    },
  ];
}
