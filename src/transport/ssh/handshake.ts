import type { Duplex } from "node:stream";
import ssh2, {
  type AuthMethod,
  type BaseAgent,
  type Client,
  type ParsedKey,
  type ServerHostKeyAlgorithm,
} from "ssh2";
import type { HostTarget } from "../../base/host-target.ts";
import type { Milliseconds } from "../../base/units.ts";
import { UnreachableError } from "../unreachable.ts";
import { explainVerdict, namesOf } from "./host-key-check.ts";
import type { HostSettings } from "./host-settings.ts";
import type { Identities, Identity } from "./identities.ts";
import type { KnownHosts, KeyVerdict } from "./known-hosts.ts";
import { signWithoutAsking, skipHostKeyProof } from "./ssh2-internals.ts";
import { joinWrites } from "./join-writes.ts";
import { explainSocketError } from "./tcp.ts";

/** Dead peers are noticed after this long three times over; ssh2 asks for nothing by itself. */
const KEEPALIVE_INTERVAL: Milliseconds = 10_000;

export interface HandshakeOptions {
  target: HostTarget;
  settings: HostSettings;
  knownHosts: KnownHosts;
  identities: Identities;
  hostKeyAlgorithms: ServerHostKeyAlgorithm[];
}

/** A connection that is logged in. */
export interface LiveClient {
  client: Client;
  /** What the connection runs on; nothing can be sent once it is no longer writable. */
  stream: Duplex;
  /** The key of a host that was not known before and is accepted now. */
  newKey?: Buffer;
  /** Why the connection ended, once it has. */
  lostReason: string;
}

/** The host showed a key of a type that is not known, while others are: the next attempt must ask for those. */
export class OtherKeyTypes extends Error {
  readonly types: readonly string[];
  readonly explanation: UnreachableError;

  constructor(types: readonly string[], explanation: UnreachableError) {
    super(explanation.message);
    this.types = types;
    this.explanation = explanation;
  }
}

/**
 * Speaks ssh on an open stream until the login is done. Rejects with an UnreachableError or OtherKeyTypes; the stream is closed
 * then, as it is when the signal comes.
 */
export async function shakeHands(
  stream: Duplex,
  options: HandshakeOptions,
  signal: AbortSignal,
): Promise<LiveClient> {
  if (stream.destroyed) throw goneBefore(stream, options);
  joinWrites(stream);
  const client = new ssh2.Client();
  const live: LiveClient = { client, stream, lostReason: "the host closed the connection" };
  const guard = guardHostKey(options);
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      client.on("ready", () => {
        skipHostKeyProof(client);
        resolve();
      });
      client.on("error", error => {
        if (isPassedOver(error)) return;
        live.lostReason = error.message;
        reject(guard.refusal() ?? explainHandshakeError(error, options));
      });
      client.on("close", () => reject(closedEarly(options.target)));
      client.connect({
        sock: stream,
        username: options.settings.user,
        authHandler: authMethods(options),
        hostVerifier: guard.verify,
        algorithms: { serverHostKey: options.hostKeyAlgorithms },
        keepaliveInterval: KEEPALIVE_INTERVAL,
        readyTimeout: 0,
      });
      signWithoutAsking(client);
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
  const newKey = guard.newKey();
  return newKey === undefined ? live : Object.assign(live, { newKey });
}

/** Judges the host's key while ssh2 waits, and keeps the reason for a refusal, which ssh2 does not carry. */
function guardHostKey({ target, settings, knownHosts }: HandshakeOptions): {
  verify: (key: Buffer) => boolean;
  refusal: () => Error | undefined;
  newKey: () => Buffer | undefined;
} {
  const names = namesOf(target, settings);
  let refusal: Error | undefined;
  let accepted: Buffer | undefined;
  return {
    verify: key => {
      const verdict = knownHosts.judge(names, key);
      if (verdict.kind === "trusted") return true;
      if (verdict.kind === "unknown" && target.hostKeys === "accept-new") {
        accepted = Buffer.from(key);
        return true;
      }
      refusal = refuse(verdict, key, names);
      return false;
    },
    refusal: () => refusal,
    newKey: () => accepted,
  };
}

function refuse(
  verdict: Exclude<KeyVerdict, { kind: "trusted" }>,
  key: Buffer,
  names: readonly string[],
): Error {
  const explanation = explainVerdict(verdict, key, names);
  return verdict.kind === "other-types" ? new OtherKeyTypes(verdict.types, explanation) : explanation;
}

function authMethods({ settings, identities }: HandshakeOptions): AuthMethod[] {
  const username = settings.user;
  return identities.keys.map(({ key, agent }) =>
    agent === undefined
      ? { type: "publickey", username, key }
      : { type: "agent", username, agent: offeringOnly(key, agent) },
  );
}

/** An agent that offers one of its keys: ssh2 would try all of them, in the agent's order. */
function offeringOnly(key: ParsedKey, agent: BaseAgent): BaseAgent {
  const getIdentities: BaseAgent<ParsedKey>["getIdentities"] = answer => answer(undefined, [key]);
  return Object.assign(Object.create(agent) as BaseAgent, { getIdentities });
}

/** ssh2 reports a key that could not sign as an error, and goes on with the next one. */
function isPassedOver(error: Error & { level?: string }): boolean {
  return (
    error.level === "agent" || (error.level === "client-authentication" && error.message.startsWith("Error"))
  );
}

function explainHandshakeError(
  error: Error & { level?: string },
  options: HandshakeOptions,
): UnreachableError {
  const { hostName, port } = options.settings;
  const where = `${hostName}:${port}`;
  if (error.level === "client-authentication" || /too many authentication failures/i.test(error.message))
    return loginRefused(options, error);
  if (error.level === "client-socket") return explainSocketError(error, where);
  if (error.message === "Connection lost before handshake") return closedEarly(options.target);
  return new UnreachableError("protocol", `${where}: ${error.message}`, { cause: error });
}

/** A stream may wait for its turn after it was opened, and end meanwhile. */
function goneBefore({ errored }: Duplex, { target, settings }: HandshakeOptions): UnreachableError {
  return errored === null
    ? closedEarly(target)
    : explainSocketError(errored, `${settings.hostName}:${settings.port}`);
}

function loginRefused({ settings, identities }: HandshakeOptions, cause: Error): UnreachableError {
  const tried = identities.keys.map((identity: Identity) => identity.label);
  const details = [
    tried.length === 0 ? "there was no key to try" : `tried ${tried.join(", ")}`,
    ...identities.skipped,
  ];
  return new UnreachableError(
    "login",
    `${settings.hostName} refused the login of ${settings.user}: ${details.join("; ")}`,
    {
      hint: `Try: ssh -v ${settings.user}@${settings.hostName}`,
      cause,
    },
  );
}

function closedEarly(target: HostTarget): UnreachableError {
  return new UnreachableError("protocol", `${target.name} closed the connection before the login`, {
    passing: true,
    hint: "sshd may be limiting new connections: see MaxStartups and PerSourcePenalties in sshd_config(5).",
  });
}
