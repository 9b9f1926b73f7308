import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import type { HostTarget } from "../../../src/base/host-target.ts";
import type { Connection, Transport } from "../../../src/transport/model.ts";
import { createTransport, type TransportOptions } from "../../../src/transport/create.ts";
import { startTestServer, type TestServer, type TestServerOptions } from "./test-server.ts";

export interface KeyPair {
  private: string;
  public: string;
}

/** ssh2 1.17 makes a key now and then that it cannot read itself ("Malformed OpenSSH private key"): about one of eighty. */
export function newKey(type: "ed25519" | "ecdsa" = "ed25519"): KeyPair {
  const pair = generate(type);
  return ssh2.utils.parseKey(pair.private) instanceof Error ? newKey(type) : pair;
}

function generate(type: "ed25519" | "ecdsa"): KeyPair {
  return type === "ed25519"
    ? ssh2.utils.generateKeyPairSync("ed25519")
    : ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
}

/** A folder with a user's key, known_hosts and ssh configuration, and all that was started for one test. */
export class SshSite {
  readonly folder = mkdtempSync(join(tmpdir(), "smc-ssh-test-"));
  readonly userKey = newKey();
  readonly hostKey = newKey();
  readonly knownHostsFile = join(this.folder, "known_hosts");
  readonly #servers: TestServer[] = [];
  readonly #transports: Transport[] = [];

  constructor(extraConfig = "") {
    writeFileSync(join(this.folder, "id"), this.userKey.private, { mode: 0o600 });
    this.configure(extraConfig);
    this.know();
  }

  /** Puts lines before those that point to the keys of this site. */
  configure(extraConfig: string): void {
    writeFileSync(
      join(this.folder, "config"),
      `${extraConfig}\nHost *\n  User tester\n  IdentityFile ${this.folder}/id\n  IdentitiesOnly yes\n  IdentityAgent none
  UserKnownHostsFile ${this.knownHostsFile}\n  GlobalKnownHostsFile /dev/null\n`,
    );
  }

  /** Writes known_hosts; without lines, every host has the key of this site. */
  know(...lines: readonly string[]): void {
    writeFileSync(
      this.knownHostsFile,
      lines.length === 0 ? `* ${this.hostKey.public}\n` : `${lines.join("\n")}\n`,
    );
  }

  async serve(options: Partial<TestServerOptions> = {}): Promise<TestServer> {
    const keys = { hostKeys: [this.hostKey.private], userKey: this.userKey.public };
    const server = await startTestServer({ ...keys, ...options });
    this.#servers.push(server);
    return server;
  }

  transport(options: TransportOptions = {}): Transport {
    const transport = createTransport({ sshConfigFile: join(this.folder, "config"), ...options });
    this.#transports.push(transport);
    return transport;
  }

  /** A connection of a transport of its own. */
  connection(port: number, change: Partial<HostTarget> = {}): Connection {
    return this.transport().connection(hostTarget(port, change));
  }

  async close(): Promise<void> {
    await Promise.all(this.#transports.map(transport => transport.close()));
    await Promise.all(this.#servers.map(server => server.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function hostTarget(port: number, change: Partial<HostTarget> = {}): HostTarget {
  return {
    name: "web1",
    kind: "ssh",
    address: "127.0.0.1",
    port,
    user: "",
    connectTimeout: 30_000,
    hostKeys: "strict",
    ...change,
  };
}
