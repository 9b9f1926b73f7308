/** The name of the launcher that smc renders beside a node's configuration: it knows the node's Java, jars and JMX port. */
export const NODETOOL_LAUNCHER = "nodetool";

/**
 * The argument vector of a nodetool command for the node whose configuration is in `configFolder`, to be run on the
 * node's own host. JMX listens on loopback alone, so there is no password that argv (and `ps`) could show.
 */
export function nodetoolArgv(configFolder: string, command: readonly string[]): readonly string[] {
  return [`${configFolder}/${NODETOOL_LAUNCHER}`, ...command];
}
