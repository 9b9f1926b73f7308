import { isAtLeast, type CassandraVersion } from "../../cassandra/version.ts";
import type { Bytes } from "../../base/units.ts";
import type { InstanceContext } from "../model.ts";
import { nodePlaces, type NodePlaces } from "./places.ts";
import type { CassandraSettings } from "./settings.ts";
import { DEFAULT_VERSION, versionOf } from "./source.ts";

const GIBIBYTE: Bytes = 1024 ** 3;
const MEBIBYTE: Bytes = 1024 ** 2;
/** Java refuses a security manager from this release on unless it is allowed by name; Cassandra before 5.0 sets one for its functions. */
const SECURITY_MANAGER_REFUSED_FROM = 17;

/** Packages of the JDK that Cassandra reaches into, from its own jvm11 and jvm17 server options. */
const EXPORTED = [
  "java.base/jdk.internal.misc",
  "java.base/jdk.internal.ref",
  "java.base/sun.nio.ch",
  "java.management.rmi/com.sun.jmx.remote.internal.rmi",
  "java.rmi/sun.rmi.registry",
  "java.rmi/sun.rmi.server",
  "java.sql/java.sql",
  "jdk.attach/sun.tools.attach",
];
const OPENED = [
  "java.base/java.io",
  "java.base/java.lang",
  "java.base/java.lang.module",
  "java.base/java.lang.reflect",
  "java.base/java.math",
  "java.base/java.net",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/jdk.internal.loader",
  "java.base/jdk.internal.math",
  "java.base/jdk.internal.module",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.reflect",
  "java.base/jdk.internal.util.jar",
  "java.base/sun.nio.ch",
  "jdk.management/com.sun.management.internal",
];
/** Cassandra's own choice for G1. */
const GARBAGE_COLLECTION = [
  "-XX:+UseG1GC",
  "-XX:+ParallelRefProcEnabled",
  "-XX:MaxTenuringThreshold=1",
  "-XX:G1RSetUpdatingPauseTimePercent=5",
  "-XX:MaxGCPauseMillis=300",
  "-XX:InitiatingHeapOccupancyPercent=70",
];

/** The options of a node's JVM as an argument file (`java @FILE`), so that argv stays short. They hold no secret. */
export function jvmOptionsFile(context: InstanceContext<CassandraSettings>): string {
  const { settings } = context;
  const version = versionOf(settings) ?? DEFAULT_VERSION;
  const places = nodePlaces(context);
  const options = [
    ...heapOptions(context),
    ...collectorOptions(settings.jvm_options),
    ...safetyOptions(places),
    ...platformOptions(version, settings.java_version ?? javaFor(version)),
    ...jmxOptions(places),
    ...cassandraOptions(places),
    ...settings.jvm_options,
  ];
  return `${options.map(argument).join("\n")}\n`;
}

/** The newest Java that a release runs on: 5.0 was made for 17, which runs 4.1 too; 4.0 ends with 11. */
export function javaFor(version: CassandraVersion): number {
  return isAtLeast(version, "4.1") ? 17 : 11;
}

/** Cassandra's own rule where the services file gives no heap: a quarter of the memory up to 8 GB, half of it on small hosts up to 1 GB. */
function heapOptions({ settings, host }: InstanceContext<CassandraSettings>): string[] {
  const { heap } = settings;
  if (heap !== undefined) {
    const young = heap.new === undefined ? [] : [`-Xmn${mebibytes(heap.new)}`];
    return [`-Xms${mebibytes(heap.max)}`, `-Xmx${mebibytes(heap.max)}`, ...young];
  }
  if (host.ram === undefined) return [];
  const max = Math.max(Math.min(host.ram / 2, GIBIBYTE), Math.min(host.ram / 4, 8 * GIBIBYTE));
  return [`-Xms${mebibytes(max)}`, `-Xmx${mebibytes(max)}`];
}

function mebibytes(size: Bytes): string {
  return `${Math.floor(size / MEBIBYTE)}m`;
}

/** A collector that the services file chooses takes the place of G1: the JVM refuses two. */
function collectorOptions(chosen: readonly string[]): readonly string[] {
  return chosen.some(option => /^-XX:\+Use\w*GC$/.test(option)) ? [] : GARBAGE_COLLECTION;
}

/** A node that ran out of memory is stopped, so that it does not answer half; what it had in memory is kept for later. */
function safetyOptions({ log }: NodePlaces): string[] {
  return [
    "-ea",
    "-da:net.openhft...",
    "-Xss256k",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+HeapDumpOnOutOfMemoryError",
    `-XX:HeapDumpPath=${log}`,
    `-XX:ErrorFile=${log}/hs_err_%p.log`,
    "-XX:+PerfDisableSharedMem",
  ];
}

function platformOptions(version: CassandraVersion, java: number): string[] {
  const refused = java >= SECURITY_MANAGER_REFUSED_FROM && !isAtLeast(version, "5.0");
  return [
    ...(refused ? ["-Djava.security.manager=allow"] : []),
    "-Djdk.attach.allowAttachSelf=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
    ...EXPORTED.map(name => `--add-exports=${name}=ALL-UNNAMED`),
    ...OPENED.map(name => `--add-opens=${name}=ALL-UNNAMED`),
  ];
}

/** Cassandra's own local JMX is bound to 127.0.0.1; at another loopback address the JDK's agent answers in its place. */
function jmxOptions({ jmxAddress, ports }: NodePlaces): string[] {
  if (jmxAddress === "127.0.0.1") return [`-Dcassandra.jmx.local.port=${ports.jmx}`];
  return [
    `-Dcom.sun.management.jmxremote.host=${jmxAddress}`,
    `-Djava.rmi.server.hostname=${jmxAddress}`,
    `-Dcom.sun.management.jmxremote.port=${ports.jmx}`,
    `-Dcom.sun.management.jmxremote.rmi.port=${ports.jmx}`,
    "-Dcom.sun.management.jmxremote.authenticate=false",
    "-Dcom.sun.management.jmxremote.ssl=false",
  ];
}

function cassandraOptions({ config, data, log }: NodePlaces): string[] {
  return [
    "-Dcassandra-foreground=yes",
    `-Dcassandra.config=file://${config}/cassandra.yaml`,
    `-Dcassandra.storagedir=${data}`,
    `-Dcassandra.logdir=${log}`,
    "-Dlogback.configurationFile=logback.xml",
  ];
}

/** One argument as the java launcher reads it from a file: quoted where it has spaces or quotes, backslashes doubled there. */
function argument(option: string): string {
  return /[\s"'#\\]/.test(option) ? `"${option.replaceAll(/["\\]/g, String.raw`\$&`)}"` : option;
}
