import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/base/operator-error.ts";
import { openBridge, type Bridge } from "../../../src/engine/cql/bridge.ts";
import type { Connection } from "../../../src/transport/model.ts";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map(end => end()));
});

describe("openBridge", () => {
  it("carries both ways between this machine and a port as the host sees it", async () => {
    const server = await echoServer();
    const bridge = await bridgeOver(to => Promise.resolve(connect(to)), portOf(server));
    const client = await connectTo(bridge);
    client.write("hello");
    const [answer] = await once(client, "data");
    expect(String(answer)).toBe("hello");
  });

  it("ends both sides when either ends", async () => {
    const server = await echoServer();
    const bridge = await bridgeOver(to => Promise.resolve(connect(to)), portOf(server));
    const [[far], client] = await Promise.all([once(server, "connection"), connectTo(bridge)]);
    const closed = closeOf(client);
    (far as Socket).destroy();
    await closed;
    const [[second], other] = await Promise.all([once(server, "connection"), connectTo(bridge)]);
    const ended = once(second as Socket, "close");
    other.destroy();
    await ended;
    expect(bridge.failure()).toBeUndefined();
  });

  it("carries the last words of a far side that ends in order", async () => {
    const server = await echoServer(socket => socket.end("login refused"));
    const bridge = await bridgeOver(to => Promise.resolve(connect(to)), portOf(server));
    const client = await connectTo(bridge);
    const words: string[] = [];
    client.on("data", chunk => words.push(String(chunk)));
    await once(client, "end");
    expect(words.join("")).toBe("login refused");
  });

  it("closes with connections under way, and may be closed again", async () => {
    const server = await echoServer();
    const bridge = await bridgeOver(to => Promise.resolve(connect(to)), portOf(server));
    const client = await connectTo(bridge);
    const closed = closeOf(client);
    await bridge.close();
    await closed;
    await bridge.close();
    await expect(connectTo(bridge)).rejects.toThrow("ECONNREFUSED");
  });

  it("keeps why the host could not connect, and ends the connection here", async () => {
    const reason = new OperatorError("connection refused", { code: "X" });
    const bridge = await bridgeOver(() => Promise.reject(reason), 1);
    await closeOf(connectNow(bridge));
    expect(bridge.failure()).toBe(reason);
  });

  it("ends a far side that opened after the near one had gone", async () => {
    const far = new PassThrough();
    let open: (stream: PassThrough) => void = () => undefined;
    const bridge = await bridgeOver(() => new Promise(resolve => (open = resolve)), 1);
    const client = await connectTo(bridge);
    client.destroy();
    await closeOf(client);
    open(far);
    await once(far, "close");
    expect(far.destroyed).toBe(true);
  });
});

/** A bridge over a host whose connections are made by `forward`. */
async function bridgeOver(
  forward: (to: { host: string; port: number }) => Promise<PassThrough | Socket>,
  port: number,
): Promise<Bridge> {
  const connection = { forward } as unknown as Connection;
  const limits = { timeout: 1000, signal: new AbortController().signal };
  const bridge = await openBridge(connection, { host: "127.0.0.1", port }, limits);
  ends.push(() => bridge.close());
  return bridge;
}

async function connectTo(bridge: Bridge): Promise<Socket> {
  const client = connectNow(bridge);
  await once(client, "connect");
  return client;
}

function connectNow({ address, port }: Bridge): Socket {
  const client = connect({ host: address, port });
  client.on("error", () => client.destroy());
  ends.push(() => client.destroy());
  return client;
}

/** Its end, whether in order or by a reset. */
function closeOf(client: Socket): Promise<void> {
  return new Promise(resolve => client.once("close", () => resolve()));
}

async function echoServer(serve = (socket: Socket): unknown => socket.pipe(socket)): Promise<Server> {
  const server = createServer(socket => {
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
