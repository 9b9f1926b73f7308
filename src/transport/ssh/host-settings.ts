import { homedir } from "node:os";
import { join } from "node:path";

/** What ssh itself would use for one host: the part of `ssh -G` that matters here. */
export interface HostSettings {
  /** The address or name to connect to. */
  hostName: string;
  port: number;
  user: string;
  identityFiles: readonly string[];
  certificateFiles: readonly string[];
  identitiesOnly: boolean;
  /** The socket of the agent; undefined without one. */
  agentSocket: string | undefined;
  knownHostsFiles: readonly string[];
  hashKnownHosts: boolean;
  hostKeyAlias: string | undefined;
  /** The hops in order, the nearest first: `user@host:port`. */
  jumps: readonly string[];
  proxyCommand: string | undefined;
  /** A PKCS#11 provider or GSSAPI-like need that only the system ssh can meet. */
  needsProvider: boolean;
}

/**
 * Reads the output of `ssh -G`: one keyword and its value a line, keywords in lower case (ssh(1), OpenSSH 6.8 or newer).
 * Throws when a keyword that every ssh prints is missing.
 */
export function parseHostSettings(text: string, environment: NodeJS.ProcessEnv = process.env): HostSettings {
  const values = groupByKeyword(text);
  const one = (keyword: string): string | undefined => unlessNone(values.get(keyword)?.[0]);
  const needed = (keyword: string): string => {
    const value = one(keyword);
    if (value === undefined) throw new Error(`ssh -G printed no "${keyword}"`);
    return value;
  };
  const paths = (keyword: string): string[] => (values.get(keyword) ?? []).map(expandHome);
  return {
    hostName: needed("hostname"),
    port: Number(needed("port")),
    user: needed("user"),
    identityFiles: paths("identityfile"),
    certificateFiles: paths("certificatefile"),
    identitiesOnly: one("identitiesonly") === "yes",
    agentSocket: agentSocket(values.get("identityagent")?.[0], environment),
    knownHostsFiles: [one("userknownhostsfile"), one("globalknownhostsfile")].flatMap(fileList),
    hashKnownHosts: one("hashknownhosts") === "yes",
    hostKeyAlias: one("hostkeyalias"),
    jumps: one("proxyjump")?.split(",") ?? [],
    proxyCommand: one("proxycommand"),
    needsProvider: one("pkcs11provider") !== undefined,
  };
}

/** What ssh takes without any configuration; used where there is no `ssh` to ask. */
export function defaultHostSettings(name: string, user: string): HostSettings {
  const folder = join(homedir(), ".ssh");
  return {
    hostName: name,
    port: 22,
    user,
    identityFiles: ["id_ed25519", "id_ecdsa", "id_rsa"].map(file => join(folder, file)),
    certificateFiles: [],
    identitiesOnly: false,
    agentSocket: process.env["SSH_AUTH_SOCK"],
    knownHostsFiles: [join(folder, "known_hosts"), "/etc/ssh/ssh_known_hosts"],
    hashKnownHosts: false,
    hostKeyAlias: undefined,
    jumps: [],
    proxyCommand: undefined,
    needsProvider: false,
  };
}

function groupByKeyword(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    if (space === -1) continue;
    const keyword = line.slice(0, space).toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(space + 1).trim()]);
  }
  return values;
}

function unlessNone(value: string | undefined): string | undefined {
  return value === undefined || value === "" || value === "none" ? undefined : value;
}

function agentSocket(value: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  if (value === "none") return undefined;
  if (value === undefined || value === "SSH_AUTH_SOCK") return unlessNone(environment["SSH_AUTH_SOCK"]);
  return value.startsWith("$") ? unlessNone(environment[value.slice(1)]) : expandHome(value);
}

function fileList(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(/\s+/).map(expandHome);
}

/** `ssh -G` leaves `~` and `%d` in the paths of identity files. */
function expandHome(path: string): string {
  return path.replace(/^~(?=\/)/, homedir()).replaceAll("%d", homedir());
}
