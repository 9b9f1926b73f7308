import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { OperatorError } from "../../../src/base/operator-error.ts";
import { withCqlSession, type SessionContext } from "../../../src/engine/cql/session.ts";
import type { CqlEndpoint, CqlLogin } from "../../../src/plan/model.ts";
import { createTransport } from "../../../src/transport/create.ts";
import { localTarget } from "../../helpers/make-plan.ts";

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
});

describe("withCqlSession", () => {
  it("says that nothing listens", async () => {
    const { server, endpoint } = await silentServer();
    await new Promise(resolve => server.close(resolve));
    await expect(ask(contextFor(5000), endpoint)).rejects.toMatchObject({
      kind: "absent",
      message: `connection refused on 127.0.0.1:${endpoint.port}`,
    });
  });

  it("gives up on a node that takes the connection and never answers, and closes it", async () => {
    const { endpoint, sockets } = await silentServer();
    await expect(ask(contextFor(300), endpoint)).rejects.toMatchObject({ kind: "open" });
    await Promise.all(sockets.filter(socket => !socket.closed).map(socket => once(socket, "close")));
    expect(sockets.length).toBeGreaterThan(0);
  });

  it("ends at once when the run is stopped", async () => {
    const { server, endpoint } = await silentServer();
    const stop = new AbortController();
    const asked = ask({ ...contextFor(60_000), signal: stop.signal }, endpoint);
    await once(server, "connection");
    stop.abort();
    await expect(asked).rejects.toMatchObject({ kind: "open" });
  });

  it("does not even connect with a login whose password is not there, and says so", async () => {
    const { endpoint, sockets } = await silentServer();
    const logins: CqlLogin[] = [{ user: "salvus", password: { secret: "cassandra/salvus" } }];
    await expect(ask(contextFor(5000), { ...endpoint, logins })).rejects.toMatchObject({
      kind: "refused-login",
      message: expect.stringContaining("salvus has no password here (there is no secret cassandra/salvus)"),
    });
    expect(sockets).toEqual([]);
  });
});

function ask(context: SessionContext, endpoint: CqlEndpoint): Promise<unknown> {
  return withCqlSession(context, endpoint, session => session.rows("SELECT key FROM system.local", "one"));
}

function contextFor(timeout: number): SessionContext {
  return {
    connection: createTransport().connection(localTarget("host1")),
    secret: name =>
      Promise.reject(new OperatorError(`there is no secret ${name}`, { code: "SECRET_MISSING" })),
    signal: new AbortController().signal,
    deadline: Date.now() + timeout,
  };
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<{ server: Server; endpoint: CqlEndpoint; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    socket.on("error", () => socket.destroy());
    socket.resume();
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { server, endpoint: { address: "127.0.0.1", port, logins: [] }, sockets };
}
