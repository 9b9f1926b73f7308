import type { Duplex } from "node:stream";
import type { HostTarget } from "../../base/host-target.ts";
import { orCancelled } from "../or-cancelled.ts";
import type { UnreachableCause } from "../model.ts";
import type { RemoteShell } from "../remote-shell.ts";
import { ChannelRefused, LostError, UnreachableError } from "../unreachable.ts";

/** What the jump host's sshd says about a connection that it could not make, and what that means for the host behind it. */
const SAID_BY_SSHD: readonly { pattern: RegExp; why: UnreachableCause }[] = [
  { pattern: /connection refused/i, why: "refused" },
  { pattern: /timed out/i, why: "timeout" },
  { pattern: /no route|unreachable/i, why: "no-route" },
  { pattern: /name or service|name resolution|unknown host/i, why: "name" },
];

/** Reads one hop of ProxyJump, `[user@]host[:port]` or `ssh://…` (ssh_config(5)); what it leaves out comes from the configuration. */
export function parseJump(text: string, behind: HostTarget): HostTarget {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?\/?$/.exec(text.trim());
  if (match === null) throw new UnreachableError("jump", `ProxyJump "${text}" cannot be read`);
  const name = (match[2] ?? "").replace(/^\[|\]$/g, "");
  return { ...behind, kind: "ssh", name, address: name, user: match[1] ?? "", port: Number(match[3] ?? 22) };
}

/** Connects the jump host itself. What is wrong with it is the reason for every host behind it. */
export async function connectJump(hop: RemoteShell, name: string): Promise<void> {
  try {
    await hop.connect();
  } catch (error) {
    throw throughJump(error, name);
  }
}

/** Opens the stream to a host behind a jump host; closes it again when it comes too late. */
export async function openThroughJump(
  hop: RemoteShell,
  { name, host, port }: { name: string; host: string; port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const opening = hop.forward({ host, port });
  try {
    const stream = await orCancelled(opening, signal);
    if (stream !== undefined) return stream;
  } catch (error) {
    throw error instanceof ChannelRefused
      ? refusedBehind(error, `${host}:${port}`, name)
      : throughJump(error, name);
  }
  opening.then(
    late => late.destroy(),
    () => undefined,
  );
  throw signal.reason;
}

function refusedBehind(error: ChannelRefused, where: string, jump: string): UnreachableError {
  const why = SAID_BY_SSHD.find(({ pattern }) => pattern.test(error.said))?.why ?? "jump";
  return new UnreachableError(why, `${where} cannot be reached from ${jump}: ${error.said}`, {
    cause: error,
  });
}

function throughJump(error: unknown, jump: string): unknown {
  if (error instanceof LostError) return new UnreachableError("jump", `jump host ${jump}: ${error.message}`);
  if (!(error instanceof UnreachableError)) return error;
  const options = error.hint === undefined ? { cause: error } : { hint: error.hint, cause: error };
  return new UnreachableError("jump", `jump host ${jump}: ${error.message}`, options);
}
