import type { Duplex } from "node:stream";
import type { Bytes } from "../base/units.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Connection } from "../transport/model.ts";
import { forwardTimeout } from "./forward-timeout.ts";
import type { WorkLimits } from "./performer.ts";

/** More than any answer of haproxy that smc asks for, `show stat` of some thousand servers. */
const LONGEST_ANSWER: Bytes = 4 * 1024 * 1024;

/** A question to a control socket on the host. */
export interface SocketQuestion {
  socket: string;
  send: string;
}

/**
 * Sends one line to a control socket and gives all that comes back until the other side closes, as haproxy does
 * after each answer. Rejects with an OperatorError when the socket cannot be reached or does not close in time.
 */
export async function askSocket(
  connection: Connection,
  { socket, send }: SocketQuestion,
  limits: Pick<WorkLimits, "deadline" | "signal">,
): Promise<string> {
  const { timeout, signal } = forwardTimeout(limits);
  const stream = await connection.forward({ socket }, { timeout, signal });
  const late = AbortSignal.any([AbortSignal.timeout(timeout), signal]);
  const giveUp = (): void => {
    stream.destroy(new OperatorError(`${socket} did not end its answer in time`, { code: "SOCKET_SILENT" }));
  };
  late.addEventListener("abort", giveUp, { once: true });
  try {
    stream.write(`${send}\n`);
    return await readAll(stream, socket);
  } finally {
    late.removeEventListener("abort", giveUp);
    stream.destroy();
  }
}

async function readAll(stream: Duplex, socket: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size: Bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_ANSWER) {
      throw new OperatorError(`${socket} answered more than ${LONGEST_ANSWER} bytes`, {
        code: "SOCKET_ANSWER",
      });
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}
