import type { HostTarget } from "../base/host-target.ts";
import type { DeploymentName, HostName, InstanceName, SecretName } from "../base/names.ts";
import type { Milliseconds } from "../base/units.ts";

/** The name of a step inside its plan, readable: `start cassandra@cassandra1`. */
export type StepId = string;

/** Text that is sent to a host. Secrets are named and filled in at the last moment, so no plan or journal holds one. */
export type Content = readonly ContentPart[];
export type ContentPart = string | { secret: SecretName };

/** A program that smc starts and watches on a host. */
export type Unit = SystemdUnit | ProcessUnit;

export interface SystemdUnit {
  manager: "systemd";
  /** `smc-cloud-hub0.service` */
  name: string;
  /** The file that its output is appended to, beside what systemd itself keeps of it. */
  log: string;
}

/** Where there is no systemd for us (a laptop, a container): a process group with pid, start time and log in `folder`. */
export interface ProcessUnit {
  manager: "process";
  name: string;
  /** Holds `NAME.pid` (pid, start time) and is created when missing. */
  folder: string;
  /** Output of the process is appended here. */
  log: string;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  directory: string;
  /** `ulimit` values by their letter, `{n: 100000}`. */
  limits: Readonly<Record<string, number>>;
  stopSignal: "TERM" | "INT" | "QUIT";
  /** On which it reads its configuration again; absent: it cannot. */
  reloadSignal?: "HUP" | "USR2";
}

/** The program and its files to put on a host, by content: a folder of an artefact store on the controller. */
export interface ArtefactRef {
  /** `cassandra` */
  name: string;
  /** `5.0.6` */
  version: string;
  source:
    | { kind: "folder"; path: string }
    | { kind: "tarball"; path: string; sha512: string }
    /** What a commit holds, below `folder` of it where that is said; `path` is a clone on the controller. */
    | { kind: "git"; path: string; ref: string; folder?: string }
    /** A tar archive as the artefact store makes it, by its SHA-256: the very bytes that were tried elsewhere. */
    | { kind: "archive"; path: string; sha256: string }
    | { kind: "maven"; coordinates: string };
}

/** What a step does: a small closed set, one executor each (src/engine/actions). */
export type Action =
  | {
      kind: "run";
      argv: readonly string[];
      runAs?: string;
      stdin?: Content;
      env?: Readonly<Record<string, string>>;
      directory?: string;
      /** Over a connection of its own, opened for it: that it succeeds shows that the host can still be reached. */
      newConnection?: true;
      /** It is an rsync with --info=progress2: how far that is is told while it runs. */
      progress?: "rsync";
    }
  | {
      kind: "put";
      path: string;
      content: Content;
      /** Follows the content: what is in this file of another host when the step is carried out, such as a key made there. */
      append?: { host: HostName; path: string };
      mode: number;
      owner?: string;
      runAs?: string;
    }
  /** Puts an artefact into `folder/VERSION` and points `folder/current` at it; `beside`: `current` stays where it is. */
  | { kind: "push"; artefact: ArtefactRef; folder: string; beside?: true; owner?: string; runAs?: string }
  | {
      kind: "unit";
      operation: "start" | "stop" | "restart" | "reload";
      unit: Unit;
      /** The identity (systemd invocation, or pid and start time) that a restart replaces, seen when the plan was made. */
      previous?: string;
      runAs?: string;
    }
  /** Sends a line to a control socket, such as haproxy's, and checks the answer against a regular expression. */
  | { kind: "socket"; socket: string; send: string; expect: string }
  /** The statements of a fresh ring, such as users and keyspaces; each is idempotent by its own words. */
  | {
      kind: "cql";
      endpoint: CqlEndpoint;
      statements: readonly Content[];
      /** How many replicas must answer each statement; a quorum when it is not said. */
      consistency?: "quorum" | "all";
    }
  | RepairAction
  /** A gate: nothing is done, the probe must come to hold. */
  | {
      kind: "wait";
      probe: Probe;
      interval: Milliseconds;
      /** The most that it is waited for; the plan then goes on, and the step says with what. */
      patience?: Milliseconds;
      /** Ends the wait as a failure long before its deadline, where its probe tells how far the host is. */
      stall?: Stall;
      /** Its end is told with a failure: it shows why a program does not answer, or a VM does not come up. */
      log?: LogFile;
    };

/** A log on any host of the plan. */
export interface LogFile {
  host: HostName;
  path: string;
  runAs?: string;
}

/** When waiting is given up because nothing moves any more. */
export interface Stall {
  /** For so long the host has told nothing of how far it is. */
  silent: Milliseconds;
  /** For so long it has told the same. */
  still: Milliseconds;
  /** What to do then. */
  hint: string;
}

/** Repairs ranges of a keyspace by nodetool, one command after the other; how each went is judged by what the nodes tell afterwards. */
export interface RepairAction {
  kind: "repair";
  keyspace: string;
  /** All when there are none. */
  tables: readonly string[];
  mode: "full" | "incremental";
  /** Only replicas in these take part; all when there are none. */
  dataCentres: readonly string[];
  /** Whole command lines of nodetool, each with the ranges `(after, upTo]` that it repairs, tokens in decimal digits. */
  commands: readonly { argv: readonly string[]; ranges: readonly { after: string; upTo: string }[] }[];
  /** `5.0.6`: how far nodetool can be believed depends on it. */
  release: string;
  /** The node itself, where the history of repairs is read. */
  endpoint: CqlEndpoint;
  /** Holds while the ring is the one that the ranges were cut for. */
  layout: Probe;
  /** Every node that takes part, with the question whether a repair is under way there. */
  replicas: readonly { host: HostName; idle: Probe }[];
  /** What the ledger has since then is not repeated. ISO 8601, UTC. */
  since: string;
  /** nodetool is ended when nothing has moved for so long. */
  stall: Milliseconds;
  /** How long another repair on one of the nodes is waited for. */
  patience: Milliseconds;
  /** How often a command is tried that did not succeed, with this pause, doubled each time, between. */
  attempts: number;
  pause: Milliseconds;
  /** After a command the nodes are left in peace for so many times as long as it took. */
  rest: number;
  runAs?: string;
}

export interface CqlEndpoint {
  /** As seen from the host of the step. */
  address: string;
  port: number;
  /** Tried in this order: a fresh ring still has the default superuser. */
  logins: readonly CqlLogin[];
}

export interface CqlLogin {
  user: string;
  password: { secret: SecretName } | { text: string };
}

/** A question put to a host; answered yes, no or unknown, with evidence. One prober each (src/engine/probes). */
export type Probe =
  | { kind: "unit"; unit: Unit; state: "running" | "stopped"; not?: string; is?: string; runAs?: string }
  /** `steady`: the same command would give the same answer again, so a no is final. */
  | { kind: "command"; argv: readonly string[]; runAs?: string; stdout?: string; steady?: true }
  | { kind: "tcp"; address: string; port: number }
  | {
      kind: "http";
      address: string;
      port: number;
      path: string;
      status: readonly number[];
      headers?: Readonly<Record<string, string>>;
      /** A regular expression that the body must match. */
      body?: string;
    }
  | {
      kind: "cql";
      endpoint: CqlEndpoint;
      query: string;
      consistency: "one" | "quorum" | "local_quorum";
      /** A regular expression that the rows, written as JSON, must match; absent: any answer will do. */
      rows?: string;
    }
  /**
   * Every node of the ring that this node sees is in it in the normal way, lives, and has the schema of the others:
   * `nodes` of them, but for those at the addresses in `away`, which may be in any state.
   */
  | { kind: "ring"; endpoint: CqlEndpoint; nodes: number; away?: readonly string[] }
  /**
   * Holds when `until` does; while it does not, its evidence tells how far the streams of the node are, by its nodetool netstats.
   * `operation` is Cassandra's word: `Bootstrap`, `Unbootstrap`.
   */
  | { kind: "streamed"; until: Probe; operation: string; netstats: readonly string[]; runAs?: string }
  /** The node neither coordinates a repair nor validates or streams for one. */
  | { kind: "no-repair"; endpoint: CqlEndpoint }
  /** The nodes and tokens of the ring, as this node knows them, and the replication of the keyspace have that fingerprint. */
  | { kind: "layout"; endpoint: CqlEndpoint; keyspace: string; layout: string }
  /** The newest entry of a folder is at most so old. */
  | { kind: "newest"; folder: string; maxAge: Milliseconds; runAs?: string }
  /** Nobody listens at these addresses. */
  | { kind: "ports"; free: readonly { address: string; port: number }[]; runAs?: string }
  | { kind: "socket"; socket: string; send: string; expect: string }
  | { kind: "all"; probes: readonly Probe[] }
  /** Asked in turn until one of them holds. */
  | { kind: "any"; probes: readonly Probe[] }
  /** Holds when it holds on each of these hosts, all asked at once. */
  | { kind: "everywhere"; asked: readonly { host: HostName; probe: Probe }[] };

/** A turn that only so many steps of a group take at once, in plan order; a step for which `unless` holds needs none. */
export interface Turn {
  group: string;
  /** The turn is held until this later step has ended; absent: until the step itself has. */
  until?: StepId;
  unless?: Probe;
}

/** One action on one host. */
export interface Step {
  id: StepId;
  /** What people see: `start cassandra on cassandra1`. */
  title: string;
  /** Steps of one kind are stopped together when one fails: `start cassandra`. */
  kind: string;
  host: HostName;
  instance?: InstanceName;
  action: Action;
  /** Steps that must have succeeded first; a failed one blocks this step. */
  needs: readonly StepId[];
  /** Steps that must have ended first, however they ended. */
  after: readonly StepId[];
  /** Of each of these lists, whose steps all end first, so many must have succeeded: a service that lives with some of its database nodes away. */
  needsSome?: readonly { of: readonly StepId[]; atLeast: number }[];
  /** The step is needless when this holds: it is then `unchanged`. */
  done?: Probe;
  /** The step runs only when one of these changed something. */
  whenChanged?: readonly StepId[];
  /** Run when the plan stops early and nothing that needs this step was begun. */
  undo?: Action;
  /** The step runs only when one of these failed, and puts back what they did: to a later attempt it is as if they had never run. */
  rescues?: readonly StepId[];
  turn?: Turn;
  /** The part of a rolling plan that takes its instance away with this step. A run that is to pause begins no further stage, and ends those that it began. */
  stage?: string;
  /**
   * What must not be left half way, such as a node between its drain and its next answer: once a step of the same name has begun,
   * this one begins too, though the operator has interrupted the run.
   */
  inHand?: string;
  /** The deadline of the action, its waiting included. */
  timeout: Milliseconds;
}

/** What the plan takes for granted; `smc apply` refuses when one of them is no longer so. */
export interface Relies {
  /** A hash of what the services file says of the hosts and instances in the plan. */
  inventory: string;
  /** The state of each instance when the plan was made: `running`, `stopped`, `unknown`. */
  instances: Readonly<Record<InstanceName, string>>;
  /** A hash of what was observed of the ring whose nodes the plan takes away. */
  ring?: string;
}

/** A DAG of steps: plain data. Written as JSON and read back it runs the same. */
export interface Plan {
  version: 1;
  /** The words that asked for it: `["start", "cassandra", "--parallel"]`. */
  command: readonly string[];
  deployment: DeploymentName;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** How to reach the hosts, kept here so that a plan file runs by itself. */
  hosts: Readonly<Record<HostName, HostTarget>>;
  limits: {
    /** Steps under way at once, on all hosts. */
    total: number;
    perHost: number;
    /** Size of each turn group; 1 where it is not named. */
    turns: Readonly<Record<string, number>>;
  };
  /** `halt`: the first failure stops new steps of its kind. `continue`: the other hosts go on. */
  onFailure: "halt" | "continue";
  relies: Relies;
  /** It changes what all deployments on the machines share, so no other such plan is carried out at the same time. */
  shared?: true;
  steps: readonly Step[];
}
