import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { Secret } from "../../src/base/secret.ts";
import { cql as executeCql } from "../../src/engine/actions/cql.ts";
import { artefactCache, createArtefactStore } from "../../src/engine/artefacts/store.ts";
import type { ActionResult, ProbeAnswer } from "../../src/engine/performer.ts";
import { cql as askCql } from "../../src/engine/probes/cql.ts";
import { ring as askRing } from "../../src/engine/probes/ring.ts";
import type { ActionContext } from "../../src/engine/registry.ts";
import { HeardGossip } from "../../src/engine/ring/heard.ts";
import type { Deployment, Host, Instance } from "../../src/inventory/model.ts";
import type { Action, Probe } from "../../src/plan/model.ts";
import type { InstanceContext, RenderedInstance } from "../../src/services/model.ts";
import { cassandra } from "../../src/services/cassandra/cassandra.ts";
import { CassandraSettingsSchema, type CassandraSettings } from "../../src/services/cassandra/settings.ts";
import { onceFor } from "../../src/services/once.ts";
import { foldersFor } from "../../src/services/planners/folders.ts";
import { createTransport } from "../../src/transport/create.ts";
import { localTarget } from "../helpers/make-plan.ts";
import { deploymentOf } from "../helpers/site.ts";
import { runWords, startReal, type RunningProgram } from "./services/real-program.ts";

/** What makes a node small and quick to start. */
export const SMALL_NODE = {
  num_tokens: 4,
  heap: { max: "384MB" },
  jvm_options: [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dcassandra.ring_delay_ms=5000",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
  ],
  config: { memtable_heap_space: "64MiB", memtable_offheap_space: "64MiB", commitlog_total_space: "128MiB" },
};
const READY_TIMEOUT = 180_000;
const ASK_TIMEOUT = 20_000;

export interface RingOptions {
  /** Address by node name, in the order in which they join. */
  nodes: Readonly<Record<string, string>>;
  /** Of the services file; small sizes are filled in. */
  settings: Readonly<Record<string, unknown>>;
  ports: Pick<Deployment["ports"], "cassandra_native" | "cassandra_internode" | "cassandra_jmx">;
  secrets?: Readonly<Record<string, string>>;
}

/** A node of a real ring on this machine. */
export interface RealNode {
  name: string;
  context: InstanceContext<CassandraSettings>;
  rendered: RenderedInstance;
}

/**
 * A ring of real Cassandra nodes on loopback, each rendered by the service's own description and with jars from the
 * artefact store. `close` ends all of it, whatever state it is in.
 */
export class RealRing {
  readonly folder: string;
  readonly nodes: readonly RealNode[];
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #heard = new HeardGossip();
  readonly #running = new Map<string, RunningProgram>();

  private constructor(folder: string, nodes: readonly RealNode[], options: RingOptions) {
    this.folder = folder;
    this.nodes = nodes;
    this.#secrets = options.secrets ?? {};
  }

  /** Puts the software in place; no node runs yet. */
  static async make(options: RingOptions): Promise<RealRing> {
    const folder = await mkdtemp(join(tmpdir(), "smc-ring-"));
    const deployment = deploymentFor(options);
    const settings = v.parse(CassandraSettingsSchema, {
      ...SMALL_NODE,
      ...options.settings,
      config: { ...SMALL_NODE.config, ...recordOf(options.settings["config"]) },
    });
    const nodes = deployment.instances.map(instance => nodeOf({ deployment, instance, settings, folder }));
    await install(nodes);
    return new RealRing(folder, nodes, options);
  }

  node(name: string): RealNode {
    const found = this.nodes.find(node => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  /** Starts a node and waits until it is ready. Throws with the end of its log when it is not in time. */
  async start(name: string): Promise<void> {
    const { rendered } = this.node(name);
    const program = await startReal(rendered, this.#secrets);
    this.#running.set(name, program);
    const end = Date.now() + READY_TIMEOUT;
    for (;;) {
      const { holds, evidence } = await this.ask(name, rendered.ready);
      if (holds === "yes") return;
      const { exitCode, signalCode } = program.child;
      const ended = exitCode !== null || signalCode !== null;
      if (ended || Date.now() > end)
        throw new Error(`${name}: ${evidence}\n${(await program.log()).slice(-3000)}`);
      await sleep(500);
    }
  }

  /** Ends a node by its stop signal. */
  async stop(name: string): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  /** Ends a node as a power cut would. */
  async kill(name: string): Promise<void> {
    this.#running.get(name)?.child.kill("SIGKILL");
    await this.stop(name);
  }

  /** Asks a probe of CQL or of a command, as a step on that node's host would. */
  async ask(name: string, probe: Probe): Promise<ProbeAnswer> {
    const context = this.#context();
    if (probe.kind === "cql") return askCql(probe, context);
    if (probe.kind === "ring") return askRing(probe, context);
    if (probe.kind !== "command") throw new Error(`${name} is not asked ${probe.kind} here`);
    const { code, output } = await runWords(probe.argv);
    return { holds: code === 0 ? "yes" : "no", evidence: output };
  }

  /** Carries out an action that is a command or CQL. */
  async perform(action: Action): Promise<ActionResult> {
    if (action.kind === "cql") return executeCql(action, this.#context(60_000));
    if (action.kind !== "run") throw new Error(`no ${action.kind} here`);
    const { code, output } = await runWords(action.argv);
    return code === 0 ? { kind: "changed" } : { kind: "failed", reason: output };
  }

  /** Runs nodetool on a node and gives its output. */
  async nodetool(name: string, ...words: string[]): Promise<string> {
    const { context } = this.node(name);
    const { code, output } = await runWords([`${context.folders.config}/nodetool`, ...words]);
    if (code !== 0) throw new Error(`nodetool ${words.join(" ")}: ${output}`);
    return output;
  }

  /** Ends every node and removes all files. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map(name => this.kill(name)));
    await rm(this.folder, { recursive: true, force: true });
  }

  #context(timeout = ASK_TIMEOUT): ActionContext {
    const secret = (name: string): Promise<Secret> => {
      const value = this.#secrets[name];
      if (value === undefined) throw new Error(`the test has no secret ${name}`);
      return Promise.resolve(new Secret(value));
    };
    return {
      connection: createTransport().connection(localTarget("localhost")),
      secret,
      signal: AbortSignal.timeout(timeout),
      deadline: Date.now() + timeout,
      waiting: () => undefined,
      redact: text => text,
      redactAll: text => Promise.resolve(text),
      heard: this.#heard,
      ask: () => Promise.reject(new Error("no probe is asked by a probe here")),
      artefacts: { archive: () => Promise.reject(new Error("no artefacts here")) },
      fill: () => Promise.reject(new Error("no content is filled here")),
      newlyConnected: () => Promise.reject(new Error("no new connection is made here")),
      fileOf: () => Promise.reject(new Error("no file of another host is read here")),
      endOf: () => Promise.resolve(""),
      ledger: undefined,
    };
  }
}

function deploymentFor({ nodes, ports }: RingOptions): Deployment {
  const deployment = deploymentOf({ cassandra: Object.keys(nodes) }, { transport: "local" });
  const hosts = [...deployment.hosts].map(([name, host]): [string, Host] => [
    name,
    { ...host, address: nodes[name] ?? host.address },
  ]);
  return { ...deployment, ports: { ...deployment.ports, ...ports }, hosts: new Map(hosts) };
}

function nodeOf(words: {
  deployment: Deployment;
  instance: Instance;
  settings: CassandraSettings;
  folder: string;
}): RealNode {
  const { deployment, instance, settings, folder } = words;
  const host = deployment.hosts.get(instance.host);
  if (host === undefined) throw new Error(`no host ${instance.host}`);
  const place = { deployment, host, instance };
  const context = { ...place, settings, folders: foldersFor(place, folder), once: onceFor(deployment) };
  return { name: host.name, context, rendered: cassandra.render(context) };
}

/** Unpacks the software of the nodes, which share one machine and so one copy. */
async function install(nodes: readonly RealNode[]): Promise<void> {
  const software = nodes[0]?.rendered.software;
  if (software?.kind !== "artefact") throw new Error("Cassandra is an artefact");
  const archive = await createArtefactStore(artefactCache(process.env)).archive(software.artefact);
  const target = join(software.folder, software.artefact.version);
  await mkdir(target, { recursive: true });
  execFileSync("tar", ["--extract", "--file", archive.path, "--directory", target]);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
