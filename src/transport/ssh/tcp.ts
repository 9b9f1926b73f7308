import { connect, type Socket } from "node:net";
import type { UnreachableCause } from "../model.ts";
import { UnreachableError } from "../unreachable.ts";

interface Explanation {
  why: UnreachableCause;
  text: string;
  hint?: string;
  passing?: boolean;
}

/** System errors of a name lookup and of connect(2), with what they mean to the operator. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: {
    why: "refused",
    text: "refuses connections",
    hint: "The machine is up; is sshd running on that port?",
  },
  EHOSTUNREACH: { why: "no-route", text: "cannot be reached: no route to the host" },
  ENETUNREACH: { why: "no-route", text: "cannot be reached: no route to its network" },
  EHOSTDOWN: { why: "no-route", text: "cannot be reached: the host is down" },
  EADDRNOTAVAIL: { why: "no-route", text: "cannot be reached: no address to connect from" },
  ETIMEDOUT: { why: "timeout", text: "does not answer" },
  ENOTFOUND: { why: "name", text: "has a name that does not resolve" },
  EAI_AGAIN: { why: "name", text: "has a name that the resolver could not look up", passing: true },
  ECONNRESET: { why: "protocol", text: "closed the connection at once", passing: true },
  EMFILE: { why: "protocol", text: "cannot be tried: too many open files here", hint: "Try: ulimit -n 8192" },
};

/**
 * Connects a socket; destroys it when the signal comes first. Rejects with an UnreachableError. An error that comes
 * before anybody uses the socket stays in its `errored`.
 */
export function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const stop = (): void => void socket.destroy();
    signal.addEventListener("abort", stop, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      resolve(socket);
    });
    // It stays: the socket may wait for its turn before the handshake, and an error that nobody listens to ends the process.
    socket.on("error", error => {
      signal.removeEventListener("abort", stop);
      reject(explainSocketError(error, `${host}:${port}`));
    });
  });
}

/** What a system error means when it ends an attempt to connect. */
export function explainSocketError(error: Error, where: string): UnreachableError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const known = EXPLANATIONS[code];
  if (known === undefined)
    return new UnreachableError("protocol", `${where}: ${error.message}`, { cause: error });
  const { why, text, ...options } = known;
  return new UnreachableError(why, `${where} ${text}`, { ...options, cause: error });
}
