import { quoteForShell } from "../../base/shell.ts";
import { FIRST_BOOT_OPTIONS, IGNORE_REPLAY_ERRORS } from "../../cassandra/first-boot.ts";
import type { NodePlaces } from "./places.ts";

const LOGBACK = `<configuration>
  <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%date{ISO8601} %-5level [%thread] %logger{0} %msg%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="stdout" />
  </root>
</configuration>
`;

/** logback.xml: everything goes to standard output, from where systemd or smc appends it to the node's log. */
export function logbackFile(): string {
  return LOGBACK;
}

/**
 * The script that becomes the node. It is a script because the jars' names are known on the host alone:
 * jamm, which measures memory, must be named as an agent, and its version differs between releases. A node that was put back to a
 * release reads over errors in its commit log only as long as a segment of before is there: a node deletes those that it has read.
 */
export function nodeLauncher(places: NodePlaces, java: string): string {
  const { config, data, software } = places;
  const isOfReplay = `grep -qxF -- ${quoteForShell([IGNORE_REPLAY_ERRORS])} "$1"`;
  const older = `find ${quoteForShell([`${data}/commitlog`])} -type f ! -newer "$1"`;
  return script([
    `for agent in ${quoteForShell([software])}/lib/jamm-*.jar; do`,
    `  [ -e "$agent" ] || { echo "no jamm-*.jar in ${software}/lib: is Cassandra installed?" >&2; exit 1; }`,
    "done",
    `set -- ${quoteForShell([`${config}/${FIRST_BOOT_OPTIONS}`])}`,
    `if [ -e "$1" ] && ${isOfReplay} && [ -z "$(${older})" ]; then rm -f "$1"; fi`,
    `if [ -e "$1" ]; then set -- "@$1"; else set --; fi`,
    `exec ${quoteForShell([java])} -javaagent:"$agent" ${quoteForShell([`@${config}/jvm.options`])} "$@" ${quoteForShell(["-cp", classPath(places), "org.apache.cassandra.service.CassandraDaemon"])}`,
  ]);
}

/** nodetool for this node and no other: it knows its jars and where its JMX listens. */
export function nodetoolLauncher(places: NodePlaces, java: string): string {
  const { jmxAddress, ports } = places;
  const options = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dcassandra.storagedir=/tmp"];
  const opened = [
    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
  ];
  const tool = ["org.apache.cassandra.tools.NodeTool", "-h", jmxAddress, "-p", String(ports.jmx)];
  return script([
    "export LC_ALL=C",
    `exec ${quoteForShell([java, ...options, ...opened, "-cp", classPath(places), ...tool])} "$@"`,
  ]);
}

function classPath({ config, software }: NodePlaces): string {
  return `${config}:${software}/lib/*`;
}

function script(lines: readonly string[]): string {
  return [
    "#!/bin/sh",
    "# Written by smc; a change made here is lost at the next start.",
    "set -eu",
    ...lines,
    "",
  ].join("\n");
}
