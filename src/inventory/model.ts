import type { DeploymentName, HostName, InstanceName, SecretName, ServiceName } from "../base/names.ts";
import type { Bytes, Milliseconds } from "../base/units.ts";

/** The services file, expanded and checked: every range, substitution, default and override is resolved. */
export interface Inventory {
  /** The path as it was given, for messages. */
  file: string;
  defaultDeployment: DeploymentName | undefined;
  deployments: ReadonlyMap<DeploymentName, Deployment>;
  /** The recipes of base images, by the beginnings of their names. */
  images: ReadonlyMap<string, ImageRecipe>;
}

/** What a base image of VMs is made from. */
export interface ImageRecipe {
  name: string;
  /** `bookworm` */
  release: string;
  mirror: string | undefined;
  packages: readonly string[];
  files: readonly { path: string; content: string; mode: number }[];
  /** Lines for /bin/sh inside of it, in turn. */
  commands: readonly string[];
  /** The same; each must succeed. */
  checks: readonly string[];
  size: Bytes;
}

export interface Deployment {
  name: DeploymentName;
  /** The name that people open in a browser, `cloud.sagemath.com`. */
  site: string;
  transport: "ssh" | "local";
  /** Path prefix of the site, empty or `/…`. */
  baseUrl: string;
  ports: Ports;
  ssh: SshSettings;
  timeouts: Timeouts;
  /** Absent where the hosts are not joined by a VPN of smc. */
  vpn?: VpnSettings;
  /** What is brought to hosts from the secrets of the deployment; absent where the file says nothing of it. */
  secrets?: readonly DeliveredSecret[];
  /** Absent where the file declares none. */
  smoke?: readonly SmokeTest[];
  /** Machines first, then VMs, each in file order. Shared machines are part of every deployment without machines of its own. */
  hosts: ReadonlyMap<HostName, Host>;
  /** By service name, in file order; `state: absent` services are not in it. */
  services: ReadonlyMap<ServiceName, ServiceEntry>;
  /** In service order, then host order; absent ones left out. */
  instances: readonly Instance[];
}

/** A secret that hosts of certain roles have as a file. */
export interface DeliveredSecret {
  name: SecretName;
  path: string;
  /** `salvus` or `salvus:www-data` */
  owner: string;
  /** Permission bits. */
  mode: number;
  hosts: readonly HostName[];
}

export interface Ports {
  ssh: number;
  tinc: number;
  stunnel: number;
  http_redirect: number;
  haproxy: number;
  nginx: number;
  hub: number;
  hub_proxy: number;
  cassandra_client: number;
  cassandra_native: number;
  /** Plain and TLS. */
  cassandra_internode: readonly [number, number];
  cassandra_jmx: number;
  /** Where a machine passes an image on to others, while it does. */
  images: number;
}

export interface SshSettings {
  /** Connections that are started at once, and hosts that are worked on at once. */
  parallel: number;
  connectTimeout: Milliseconds;
  hostKeys: "strict" | "accept-new";
  become: "sudo" | "none";
}

export interface Timeouts {
  start: Milliseconds;
  stop: Milliseconds;
  ready: Milliseconds;
}

export interface VpnSettings {
  kind: "tinc";
  netmask: string;
  /** Every machine connects to every other, or every host does. */
  mesh: "machines" | "hosts";
  keyBits: number;
}

export interface Host {
  name: HostName;
  kind: "machine" | "vm";
  /** The address inside the VPN, which services listen on and smc connects to. */
  address: string;
  public: string | undefined;
  user: string;
  /** Where it is not the port of the deployment. */
  sshPort?: number;
  /** Data centre; a VM has its machine's unless it says otherwise. */
  dc: string | undefined;
  rack: string | undefined;
  site: string | undefined;
  role: string | undefined;
  tags: readonly string[];
  managed: boolean;
  ram: Bytes | undefined;
  /** Cores of a machine, vcpus of a VM. */
  cores: number | undefined;
  /** A machine's disk. */
  disk: Bytes | undefined;
  /** Set for VMs only. */
  vm: VmSettings | undefined;
}

export interface VmSettings {
  machine: HostName;
  image: string | { newest: string };
  /** smc makes and runs VMs of `kvm` and `qemu`; those of `gce` it only uses. */
  driver: string;
  /** Where a VM of `gce` is, and what size it has. */
  zone?: string;
  type?: string;
  cache: string;
  /** In the order of the services file, which is that of its devices. */
  disks: ReadonlyMap<string, VmDisk>;
  network: VmNetwork;
  /** Lines of a file of authorized keys. */
  authorizedKeys: readonly string[];
}

export interface VmNetwork {
  /** Of its machine. */
  bridge: string;
  prefix: number;
  /** Absent: the address of its machine. */
  gateway: string | undefined;
  nameservers: readonly string[];
}

export interface VmDisk {
  size: Bytes | undefined;
  fs: string;
  format: string;
  device: string | undefined;
}

/** A service of a deployment as its group settings say it; the settings of one instance are in `Instance`. */
export interface ServiceEntry {
  name: ServiceName;
  /** Group settings, checked by the schema of the service. */
  settings: ServiceSettings;
  hosts: readonly HostName[];
  /** Where the file names one. */
  version?: string;
  /** Those of the deployment with what the service says of its own, where it does. */
  timeouts?: Timeouts;
}

/** Settings after the schema of the service: sizes in bytes, durations in milliseconds, defaults filled in. */
export type ServiceSettings = Readonly<Record<string, unknown>>;

/** One of a service on one host, with everything that it needs to know. */
export interface Instance {
  name: InstanceName;
  service: ServiceName;
  host: HostName;
  /** The id of the old programs: 0, 1, 2 …, unique for its service on its host. */
  id: number;
  /** Ports of this instance by the key of `ports`: `{hub: 5002, hub_proxy: 5003}`. */
  ports: Readonly<Record<string, number>>;
  /** Defaults < deployment < group < host, merged and checked. */
  settings: ServiceSettings;
  version?: string;
  timeouts?: Timeouts;
}

/** What must hold of the site that runs, asked at every instance of a service; placeholders as in its files. */
export interface SmokeTest {
  name: string;
  of: ServiceName;
  question:
    | {
        kind: "http";
        path: string;
        /** A key of `ports:`; absent: the first port of the instance. */
        port: string | undefined;
        status: readonly number[];
        body: string | undefined;
        headers: Readonly<Record<string, string>>;
      }
    | { kind: "command"; command: string | readonly string[] };
  timeout: Milliseconds;
}

/** A reference that is resolved only when its deployment is used: `${secret:NAME}`. */
export interface SecretReference {
  secret: SecretName;
}

/** One thing that is wrong with the services file, or looks wrong. */
export interface Problem {
  severity: "error" | "warning";
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  message: string;
  /** The line of the file itself. */
  source: string;
  suggestion: string | undefined;
  /** Unset: it concerns every deployment. */
  deployment: DeploymentName | undefined;
  /** It is right in itself and has no value on this machine: a warning until its deployment is used. */
  missing?: "value" | "secret";
}
