import type { GenericSchema } from "valibot";
import type { InstanceName, ServiceName } from "../base/names.ts";
import type { Deployment, Host, Instance, Ports } from "../inventory/model.ts";
import type { Action, ArtefactRef, Content, Probe } from "../plan/model.ts";
import type { Once } from "./once.ts";

/** Everything a description may look at. Nothing here was asked from a host. */
export interface InstanceContext<Settings> {
  deployment: Deployment;
  host: Host;
  instance: Instance;
  settings: Settings;
  /** Folders of this deployment on this host. */
  folders: Folders;
  /** For what is the same for many instances of the deployment. */
  once: Once;
}

/** Where smc keeps things on a host; below the state directory of the user where the transport is local. */
export interface Folders {
  /** Rendered configuration: `/etc/smc/cloud/hub0`. */
  config: string;
  /** Data that outlives a restart: `/var/lib/smc/cloud/hub0`. */
  data: string;
  /** Pid files and sockets: `/run/smc/cloud`. */
  run: string;
  /** `/var/log/smc/cloud` */
  log: string;
  /** Versioned software: `/opt/smc/cassandra`. */
  software: string;
}

export interface RenderedFile {
  path: string;
  content: Content;
  mode: number;
}

/** The software of a service on a host. */
export type Software =
  | {
      kind: "packages";
      packages: readonly string[];
      /** Units of the packages themselves, which would start on the ports of the site: masked before. */
      ownUnits?: readonly string[];
      /** A binary that tells that they are there. */ binary: string;
    }
  | { kind: "artefact"; artefact: ArtefactRef; folder: string }
  | { kind: "none" };

/** One instance in full: the whole of what start, stop, status and logs need to know of it. */
export interface RenderedInstance {
  software: Software;
  /** Folders to have, with their owner, before the files. */
  folders: readonly { path: string; mode: number }[];
  files: readonly RenderedFile[];
  /** The account that the program runs as; empty: the login user. */
  user: string;
  command: {
    argv: readonly string[];
    env: Readonly<Record<string, string>>;
    directory: string;
    limits: Readonly<Record<string, number>>;
    stopSignal: "TERM" | "INT" | "QUIT";
  };
  /** The log that `smc logs` shows. */
  log: string;
  /** Ports that the program listens on, for `doctor` (free?) and errors (taken by whom?). */
  listens: readonly { address: string; port: number }[];
  /** Readiness by outcome: what a client of the service would see. */
  ready: Probe;
  /** The whole of the service is well as this instance sees it: asked of every instance before and after one is taken away. */
  ring?: Probe;
  /** The program that administers a running instance, to which a command is added: nodetool. */
  tool?: { argv: readonly string[]; runAs?: string };
  /** The folder that holds its tables, by keyspace: `KEYSPACE/TABLE-ID`. */
  tables?: string;
  /** How a changed configuration is taken up without a restart: by a signal, or by a command; absent: only a restart does. */
  reload?: { signal: "HUP" | "USR2" } | { argv: readonly string[] };
  /** Questions to the host whose no keeps smc from writing anything of the instance and from starting it; by name and what it tells. */
  guards?: readonly { name: string; title: string; argv: readonly string[]; runAs?: string }[];
  /** Checks the rendered configuration before a start or reload uses it: `haproxy -c -f …`. */
  check?: { argv: readonly string[]; runAs?: string };
  /** Before a planned stop of the whole service: `nodetool drain`. */
  beforeStop?: readonly { title: string; action: Action }[];
  /** Sends its own clients away just before a restart, where that loses fewer requests than the stop alone; `back` lets them in again. */
  sendAway?: { out: Action; back: Action };
  /** Takes the instance out of its clients' hands and back, at each proxy instance in front of it. */
  traffic?: readonly { proxy: InstanceName; out: Action; drained: Probe; back: Action }[];
  /** A door for administrators: who reaches one of these ports commands the program, unless it asks for a password. */
  control?: { name: string; ports: readonly number[]; password: boolean };
  /** The Java that the program needs, as it is called. */
  java?: string;
  /** Tells the version: a command that prints that of what is installed, or a probe whose evidence ends with that of what runs. */
  version?: readonly string[] | Probe;
  /** Only one of these starts at a time unless the probe holds (a node that joins a ring). */
  turn?: { group: string; unless: Probe };
}

/** One step of a service's first set-up. */
export interface SetupStep {
  title: string;
  action: Action;
  /** It was done before when this holds. */
  done?: Probe;
}

/** A service as a description: adding one is adding one file that exports one of these. */
export interface ServiceDescription<Settings = unknown> {
  name: ServiceName;
  /** One line for `--help` and the docs. */
  summary: string;
  /** The keys of its `services:` entry; what the format of every entry has (`at`, `hosts`, `state`) is not repeated. */
  settings: GenericSchema<unknown, Settings>;
  /** The ports that one instance listens on, by the key of `ports:`; absent: none. */
  ports?(this: void, ports: Ports, instance: { id: number; settings: Settings }): Record<string, number>;
  /** Settings of which only one holds: a higher level of the services file that says one takes the others away. */
  alternatives?: readonly (readonly string[])[];
  /** Settings that are lists of hosts: ranges in them are expanded. */
  hostLists?: readonly string[];
  /** Services that must answer before this one starts, and stop after it. */
  needs: readonly ServiceName[];
  /** What a new service needs once, when its instances are up, such as keyspaces and users; run on one of them, in order. */
  setup?(context: InstanceContext<Settings>): readonly SetupStep[];
  /** How many instances may be down before a client is refused, by what the services file says alone; absent: all but one. */
  mayBeDown?(deployment: Deployment): number;
  /** One at a time even with nothing said: a start or restart of many must be asked for by `--parallel`. */
  oneAtATime: boolean;
  render(context: InstanceContext<Settings>): RenderedInstance;
}
