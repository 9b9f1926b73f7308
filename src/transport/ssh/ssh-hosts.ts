import type { HostTarget } from "../../base/host-target.ts";
import type { RemoteShell } from "../remote-shell.ts";
import { orUnreachable, UnreachableError } from "../unreachable.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { namesOf } from "./host-key-check.ts";
import type { HostSettings } from "./host-settings.ts";
import { type Identities, loadIdentities } from "./identities.ts";
import { connectJump, openThroughJump, parseJump } from "./jump.ts";
import { createKnownHostsStore } from "./known-hosts-store.ts";
import { createHostResolver } from "./resolve-host.ts";
import { createSemaphore } from "../semaphore.ts";
import { Ssh2Shell } from "./ssh2-shell.ts";
import { connectTcp } from "./tcp.ts";

/** sshd drops connections beyond MaxStartups (10:30:100), firewalls and jump hosts dislike bursts; Kamal's figure. */
const DEFAULT_MAXIMUM_STARTS = 30;

/** Longer chains of jump hosts are a configuration that goes in circles. */
const MAXIMUM_JUMPS = 8;

export interface SshHostsOptions {
  /** Read instead of ~/.ssh/config and /etc/ssh/ssh_config. */
  configFile?: string;
  /** How many connections may be set up at one time. */
  maximumStarts?: number;
  /** Makes the shell for what ssh2 cannot do: certificates, security keys, ProxyCommand. */
  systemShell(target: HostTarget, settings: HostSettings): RemoteShell;
}

/** The ssh hosts of one run: configuration, keys and known hosts read once, one shell for each host. */
export class SshHosts {
  readonly #options: SshHostsOptions;
  readonly #resolver;
  readonly #store = createKnownHostsStore();
  readonly #starts;
  readonly #identities = new Map<string, Promise<Identities>>();
  readonly #shells = new Map<string, Promise<RemoteShell>>();

  constructor(options: SshHostsOptions) {
    this.#options = options;
    this.#resolver = createHostResolver(options.configFile);
    this.#starts = createSemaphore(options.maximumStarts ?? DEFAULT_MAXIMUM_STARTS);
  }

  /** The shell of a host, made at the first call; it connects at its first use. */
  shell(target: HostTarget): Promise<RemoteShell> {
    return this.#shellBehind(target, undefined, 0);
  }

  async close(): Promise<void> {
    const shells = await Promise.allSettled(this.#shells.values());
    const opened = shells.filter(shell => shell.status === "fulfilled");
    await Promise.all(opened.map(shell => shell.value.close()));
  }

  #shellBehind(
    target: HostTarget,
    jumps: readonly string[] | undefined,
    depth: number,
  ): Promise<RemoteShell> {
    const key = JSON.stringify([target, jumps]);
    const known = this.#shells.get(key);
    if (known !== undefined) return known;
    const made = this.#make(target, jumps, depth);
    this.#shells.set(key, made);
    made.catch(() => this.#shells.delete(key));
    return made;
  }

  async #make(target: HostTarget, jumps: readonly string[] | undefined, depth: number): Promise<RemoteShell> {
    if (depth > MAXIMUM_JUMPS) throw new UnreachableError("jump", "ProxyJump goes in circles");
    const settings = await this.#resolver.resolve(target);
    const identities = await this.#identitiesFor(settings);
    const knownHosts = await this.#store.load(settings);
    if (needsSystemSsh(settings, identities) || knownHosts.hasAuthority(namesOf(target, settings)))
      return this.#options.systemShell(target, settings);
    const way = await this.#wayTo(target, { ...settings, jumps: jumps ?? settings.jumps }, depth);
    const common = { target, settings, identities, store: this.#store, starts: this.#starts };
    return new Ssh2Shell({
      loginUser: settings.user,
      answerTimeout: target.connectTimeout,
      connect: () => orUnreachable(() => connect({ ...common, ...way })),
    });
  }

  async #wayTo(
    target: HostTarget,
    { hostName, port, jumps }: HostSettings,
    depth: number,
  ): Promise<Pick<ConnectOptions, "prepare" | "openStream">> {
    const last = jumps.at(-1);
    if (last === undefined) return { openStream: signal => connectTcp(hostName, port, signal) };
    // The first hop goes as its own configuration says, the others through the hops before them.
    const before = jumps.length > 1 ? jumps.slice(0, -1) : undefined;
    const hop = await this.#shellBehind(parseJump(last, target), before, depth + 1);
    return {
      prepare: () => connectJump(hop, last),
      openStream: signal => openThroughJump(hop, { name: last, host: hostName, port }, signal),
    };
  }

  #identitiesFor(settings: HostSettings): Promise<Identities> {
    const { identityFiles, certificateFiles, identitiesOnly, agentSocket } = settings;
    const key = JSON.stringify([identityFiles, certificateFiles, identitiesOnly, agentSocket]);
    const known = this.#identities.get(key) ?? loadIdentities(settings);
    this.#identities.set(key, known);
    return known;
  }
}

function needsSystemSsh(settings: HostSettings, identities: Identities): boolean {
  return settings.proxyCommand !== undefined || settings.needsProvider || identities.onlyForSystemSsh;
}
