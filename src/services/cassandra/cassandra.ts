import * as v from "valibot";
import { administratorEndpoint } from "../../cassandra/logins.ts";
import { nodetoolArgv, NODETOOL_LAUNCHER } from "../../cassandra/nodetool.ts";
import { isAtLeast } from "../../cassandra/version.ts";
import type { Deployment, Ports } from "../../inventory/model.ts";
import type { Action, Content, Probe } from "../../plan/model.ts";
import type { InstanceContext, RenderedFile, RenderedInstance, ServiceDescription } from "../model.ts";
import { guardsOf } from "./guards.ts";
import { javaFor, jvmOptionsFile } from "./jvm-options.ts";
import { jmxControl } from "./jmx.ts";
import { logbackFile, nodeLauncher, nodetoolLauncher } from "./launchers.ts";
import { nodePlaces, type NodePlaces } from "./places.ts";
import { dataCentreOf, nodesOf, rackOf } from "./ring.ts";
import { CassandraSettingsSchema, type CassandraSettings } from "./settings.ts";
import { setupSteps } from "./setup.ts";
import { artefactOf, DEFAULT_VERSION, versionOf } from "./source.ts";
import { cassandraYaml } from "./yaml.ts";

type Context = InstanceContext<CassandraSettings>;

const ReplicationSchema = v.object({
  replication: v.optional(v.record(v.string(), v.record(v.string(), v.number())), {}),
});

const NODE_LAUNCHER = "cassandra";
/** Readable by the node's own account only: cassandra.yaml may hold the password of a key store. */
const PRIVATE = 0o600;
const EXECUTABLE = 0o700;
const FOLDER = 0o750;
const SEND_AWAY_SECONDS = 20;
/** Cassandra's production settings: it has many files open, and a thread for much of what it does. */
const LIMITS = { n: 1_048_576, u: 32_768 };

/** A node of the database ring. */
export const cassandra: ServiceDescription<CassandraSettings> = {
  name: "cassandra",
  summary: "the database ring",
  settings: CassandraSettingsSchema,
  ports: portsOf,
  alternatives: [["num_tokens", "initial_token", "tokens"]],
  hostLists: ["seeds"],
  needs: [],
  oneAtATime: true,
  setup: setupSteps,
  mayBeDown,
  render,
};

function render(context: Context): RenderedInstance {
  const { settings, deployment } = context;
  const places = nodePlaces(context);
  const endpoint = administratorEndpoint(places.address, places.ports.native, settings);
  return {
    software: { kind: "artefact", artefact: artefactOf(settings), folder: context.folders.software },
    folders: [places.config, places.data, places.log].map(path => ({ path, mode: FOLDER })),
    files: files(context, places),
    user: settings.run_as === "user" ? "" : settings.run_as,
    command: {
      argv: [`${places.config}/${NODE_LAUNCHER}`],
      env: { LC_ALL: "C.UTF-8" },
      directory: places.data,
      limits: deployment.transport === "local" ? {} : LIMITS,
      stopSignal: "TERM",
    },
    log: `${places.log}/cassandra.log`,
    listens: listens(places),
    ready: {
      kind: "cql",
      endpoint,
      query: "SELECT bootstrapped FROM system.local",
      consistency: "one",
      rows: "COMPLETED",
    },
    ring: { kind: "ring", endpoint, nodes: context.once(nodesOf).length },
    tool: { argv: nodetoolArgv(places.config, []), ...as(settings.run_as) },
    tables: `${places.data}/data`,
    guards: guardsOf(settings, places),
    java: javaCommand(settings),
    control: jmxControl(settings.jvm_options, places),
    check: checkJava(settings),
    beforeStop: [
      {
        title: `drain ${context.instance.name}`,
        action: asAccount(settings, nodetoolArgv(places.config, ["drain"])),
      },
    ],
    ...sendAway(settings, places),
    version: { kind: "cql", endpoint, query: "SELECT release_version FROM system.local", consistency: "one" },
    turn: { group: "cassandra-join", unless: hasJoined(settings, places) },
  };
}

/**
 * Closes the connections of clients at once. Without it the node answers requests with "Server is shutting down" for a moment
 * when it stops: 22 of 48,000 against 6 of 52,000 of a client that never retries (`script/bench stop-order`, 5.0.6). A node
 * that does not listen to nodetool is restarted all the same. 4.1 has no --force.
 */
function sendAway(settings: CassandraSettings, { config }: NodePlaces): Pick<RenderedInstance, "sendAway"> {
  const version = versionOf(settings) ?? DEFAULT_VERSION;
  if (!isAtLeast(version, "5.0")) return {};
  const [tool = ""] = nodetoolArgv(config, []);
  const line = `timeout -k 5 ${SEND_AWAY_SECONDS} "$1" disablebinary --force || echo "goes on all the same"`;
  return {
    sendAway: {
      out: asAccount(settings, ["sh", "-c", line, "send-away", tool]),
      back: asAccount(settings, nodetoolArgv(config, ["enablebinary"])),
    },
  };
}

function files(context: Context, places: NodePlaces): readonly RenderedFile[] {
  const { host, settings } = context;
  const java = javaCommand(settings);
  const rackFile = `dc=${dataCentreOf(host)}\nrack=${rackOf(host, settings)}\n`;
  const rendered: readonly [name: string, content: Content, mode: number][] = [
    ["cassandra.yaml", cassandraYaml(context), PRIVATE],
    ["cassandra-rackdc.properties", [rackFile], PRIVATE],
    ["jvm.options", [jvmOptionsFile(context)], PRIVATE],
    ["logback.xml", [logbackFile()], PRIVATE],
    [NODE_LAUNCHER, [nodeLauncher(places, java)], EXECUTABLE],
    [NODETOOL_LAUNCHER, [nodetoolLauncher(places, java)], EXECUTABLE],
  ];
  return rendered.map(([name, content, mode]) => ({ path: `${places.config}/${name}`, content, mode }));
}

function listens({ address, jmxAddress, ports }: NodePlaces): RenderedInstance["listens"] {
  return [
    { address, port: ports.internode },
    { address, port: ports.native },
    { address: jmxAddress, port: ports.jmx },
  ];
}

function javaCommand({ java_home: home }: CassandraSettings): string {
  return home === undefined ? "java" : `${home}/bin/java`;
}

function portsOf(ports: Ports): Record<string, number> {
  const [internode, internodeTls] = ports.cassandra_internode;
  return {
    cassandra_internode: internode,
    cassandra_internode_tls: internodeTls,
    cassandra_native: ports.cassandra_native,
    cassandra_client: ports.cassandra_client,
    cassandra_jmx: ports.cassandra_jmx,
  };
}

/** Says which Java to install, before a start that would fail for the lack of it. */
function checkJava(settings: CassandraSettings): NonNullable<RenderedInstance["check"]> {
  const java = javaCommand(settings);
  const wanted = settings.java_version ?? javaFor(versionOf(settings) ?? DEFAULT_VERSION);
  const advice = `no ${java} here: apt-get install openjdk-${wanted}-jre-headless`;
  const script = 'command -v "$1" >/dev/null || { echo "$2" >&2; exit 1; }';
  return { argv: ["sh", "-c", script, "sh", java, advice], ...as(settings.run_as) };
}

/**
 * Whether the node has been part of the ring. Cassandra notes in its local system table when a bootstrap is
 * complete, and flushes that row at once, so the word stands in an sstable. Where it cannot be read, the node
 * waits for its turn: slower, and safe.
 */
function hasJoined({ run_as: account }: CassandraSettings, { data }: NodePlaces): Probe {
  return {
    kind: "command",
    argv: ["sh", "-c", 'grep -q COMPLETED "$1"/data/system/local-*/*-Data.db', "sh", data],
    ...as(account),
  };
}

function asAccount({ run_as: account }: CassandraSettings, argv: readonly string[]): Action {
  return { kind: "run", argv, ...as(account) };
}

/** `user` is the login user, who need not become anybody. */
function as(account: string): { runAs?: string } {
  return account === "user" ? {} : { runAs: account };
}

/** A client that reads at a quorum of a data centre lives with less than half of the replicas of each keyspace away. */
function mayBeDown(deployment: Deployment): number {
  const settings = deployment.services.get("cassandra")?.settings ?? {};
  const { replication } = v.parse(ReplicationSchema, settings);
  const counts = Object.values(replication).flatMap(replicas => Object.values(replicas));
  const smallest = Math.min(...counts.filter(count => count > 0));
  return Number.isFinite(smallest) ? Math.floor((smallest - 1) / 2) : 0;
}
