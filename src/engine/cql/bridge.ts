import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Milliseconds } from "../../base/units.ts";
import type { Connection } from "../../transport/model.ts";

/** A port of this machine that leads to a port as the host sees it. */
export interface Bridge {
  address: string;
  port: number;
  /** Why the last connection could not be made, if one could not. */
  failure(): unknown;
  /** Ends the port and every connection through it. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/**
 * Opens a bridge: whoever connects to it, talks to `to` over a connection that the host itself makes. It exists because
 * the driver wants an address to connect to, and a database listens where often only its host can reach it.
 * A connection that fails is reset, not ended: after an orderly end during its first words, the driver waits on.
 */
export async function openBridge(
  connection: Connection,
  to: { host: string; port: number },
  limits: { timeout: Milliseconds; signal: AbortSignal },
): Promise<Bridge> {
  const sockets = new Set<Socket>();
  let failure: unknown;
  const server = createServer(socket => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    join(socket).catch((error: unknown) => {
      failure = error;
      socket.resetAndDestroy();
    });
  });
  const join = async (socket: Socket): Promise<void> => {
    const far = await connection.forward(to, limits);
    far.on("error", () => socket.resetAndDestroy());
    // After an orderly end there may be last words under way, such as why a login is refused.
    far.on("close", () => (far.readableEnded ? socket.end() : socket.resetAndDestroy()));
    socket.on("close", () => far.destroy());
    if (socket.destroyed) far.destroy();
    socket.pipe(far).pipe(socket);
  };
  const { port } = await listen(server);
  return {
    address: LOOPBACK,
    port,
    failure: () => failure,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.resetAndDestroy();
      }),
  };
}

function listen(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("a bridge listens on a port"));
      else resolve(address);
    });
  });
}
