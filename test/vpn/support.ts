import type { Host } from "../../src/inventory/model.ts";
import type { VpnNetwork } from "../../src/vpn/network.ts";
import type { Seen, SeenHost } from "../../src/vpn/observation.ts";
import type { VpnRequest } from "../../src/vpn/planners/request.ts";
import { localTarget } from "../helpers/make-plan.ts";

/** A machine, or a VM where `on` names its machine. */
export function vpnHost(name: string, words: { address?: string; public?: string; on?: string } = {}): Host {
  return {
    name,
    kind: words.on === undefined ? "machine" : "vm",
    address: words.address ?? "10.1.0.1",
    public: words.public,
    user: "salvus",
    dc: undefined,
    rack: undefined,
    site: undefined,
    role: undefined,
    tags: [],
    managed: true,
    ram: undefined,
    cores: undefined,
    disk: undefined,
    vm:
      words.on === undefined
        ? undefined
        : {
            machine: words.on,
            image: "salvus",
            driver: "kvm",
            cache: "none",
            disks: new Map(),
            network: { bridge: "br0", prefix: 24, gateway: undefined, nameservers: [] },
            authorizedKeys: [],
          },
  };
}

export function vpnNetwork(hosts: readonly Host[], mesh: "machines" | "hosts" = "hosts"): VpnNetwork {
  return { hosts, settings: { kind: "tinc", netmask: "255.192.0.0", mesh, keyBits: 2048 }, port: 655 };
}

/** The PEM text of a key as tinc writes it; not a real one. */
export function pem(text: string): string {
  const base64 = Buffer.from(text).toString("base64");
  return `-----BEGIN RSA PUBLIC KEY-----\n${base64}\n-----END RSA PUBLIC KEY-----\n`;
}

/** A host that has tinc and these files, running where it has any. */
export function seenHost(files: Readonly<Record<string, string>> = {}): SeenHost {
  const runs = Object.keys(files).length > 0;
  return {
    version: "1.0.36",
    canPing: true,
    active: runs,
    enabled: runs,
    files: new Map(Object.entries(files)),
  };
}

export function vpnRequest(
  network: VpnNetwork,
  words: { seen?: Seen; keys?: Readonly<Record<string, string>> } = {},
): VpnRequest {
  return {
    command: ["vpn", "join"],
    deployment: "cloud",
    targets: network.hosts.map(({ name }) => localTarget(name)),
    parallel: 8,
    administrator: "root",
    now: new Date("2026-01-02T03:04:05.006Z"),
    network,
    seen: words.seen ?? new Map(network.hosts.map(({ name }) => [name, seenHost()])),
    keys: new Map(Object.entries(words.keys ?? {})),
    timeout: undefined,
  };
}
