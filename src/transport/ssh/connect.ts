import type { Duplex } from "node:stream";
import pRetry from "p-retry";
import type { HostTarget } from "../../base/host-target.ts";
import type { Milliseconds } from "../../base/units.ts";
import { UnreachableError } from "../unreachable.ts";
import { type Budget, createBudget } from "./budget.ts";
import { type LiveClient, OtherKeyTypes, shakeHands } from "./handshake.ts";
import { onlyHostKeyTypes, preferHostKeyTypes } from "./host-key-algorithms.ts";
import { namesOf } from "./host-key-check.ts";
import type { HostSettings } from "./host-settings.ts";
import type { Identities } from "./identities.ts";
import type { KnownHostsStore } from "./known-hosts-store.ts";
import type { Semaphore } from "../semaphore.ts";

/** A host that has not answered by now is not starting anything: it must not keep others from starting. */
const SLOW_START: Milliseconds = 500;

const RETRIES = 2;

export interface ConnectOptions {
  target: HostTarget;
  settings: HostSettings;
  identities: Identities;
  store: KnownHostsStore;
  /** Caps the connections that are being set up at one time. */
  starts: Semaphore;
  /** What must be there before this host can be tried, such as a jump host; its time is not this host's. */
  prepare?(): Promise<void>;
  /** Opens the stream to the host, directly or through another host. */
  openStream(signal: AbortSignal): Promise<Duplex>;
}

/**
 * Connects and logs in within the target's connect timeout, which covers the name lookup, TCP, the handshake and the login.
 * Only failures that pass by themselves are tried again, never a login or a host key. Rejects with an UnreachableError.
 */
export async function connect(options: ConnectOptions): Promise<LiveClient> {
  await options.prepare?.();
  const budget = createBudget(options.target.connectTimeout);
  const live = await pRetry(() => attempt(options, budget), {
    retries: RETRIES,
    minTimeout: 150,
    maxTimeout: 1000,
    randomize: true,
    shouldRetry: ({ error }) => error instanceof UnreachableError && error.passing,
  });
  await rememberKey(options, live);
  return live;
}

async function rememberKey(options: ConnectOptions, { client, newKey }: LiveClient): Promise<void> {
  if (newKey === undefined) return;
  try {
    await options.store.remember(options.settings, firstName(options), newKey);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

async function attempt(options: ConnectOptions, budget: Budget): Promise<LiveClient> {
  const names = namesOf(options.target, options.settings);
  const knownHosts = await options.store.load(options.settings);
  const likely = preferHostKeyTypes(knownHosts.likelyTypes(names));
  try {
    return await startOnce({ ...options, knownHosts, hostKeyAlgorithms: likely }, budget);
  } catch (error) {
    if (!(error instanceof OtherKeyTypes)) throw error;
    const known = onlyHostKeyTypes(error.types);
    if (known.length === 0) throw error.explanation;
    return await startOnce({ ...options, knownHosts, hostKeyAlgorithms: known }, budget).catch(
      (again: unknown) => {
        throw again instanceof OtherKeyTypes || isNoCommonKeyType(again) ? error.explanation : again;
      },
    );
  }
}

type StartOptions = ConnectOptions &
  Pick<Parameters<typeof shakeHands>[1], "knownHosts" | "hostKeyAlgorithms">;

async function startOnce(options: StartOptions, budget: Budget): Promise<LiveClient> {
  const stop = new AbortController();
  const silent = (stage: string) => (): Error => {
    const { hostName, port } = options.settings;
    const seconds = options.target.connectTimeout / 1000;
    const error = new UnreachableError("timeout", `${hostName}:${port} ${stage} within ${seconds} s`, {
      hint: "Is the host up, and does a firewall drop the connection? --connect-timeout waits longer.",
    });
    stop.abort(error);
    return error;
  };
  const { stream, release } = await openWithinCap(
    () => budget.spend(() => options.openStream(stop.signal), silent("does not answer")),
    options.starts,
  );
  try {
    return await budget.spend(
      () => shakeHands(stream, options, stop.signal),
      silent("answers, but did not log us in"),
    );
  } finally {
    release();
  }
}

async function openWithinCap(
  open: () => Promise<Duplex>,
  starts: Semaphore,
): Promise<{ stream: Duplex; release: () => void }> {
  const release = await starts.acquire();
  let released = false;
  const slow = setTimeout(() => {
    released = true;
    release();
  }, SLOW_START);
  try {
    const stream = await open();
    return { stream, release: released ? await starts.acquire() : release };
  } catch (error) {
    release();
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

function firstName({ target, settings }: ConnectOptions): string {
  return namesOf(target, settings)[0] ?? target.name;
}

function isNoCommonKeyType(error: unknown): boolean {
  return error instanceof UnreachableError && /no matching host key/i.test(error.message);
}
