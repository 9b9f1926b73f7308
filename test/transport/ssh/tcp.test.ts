import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shakeHands } from "../../../src/transport/ssh/handshake.ts";
import { KnownHosts } from "../../../src/transport/ssh/known-hosts.ts";
import { defaultHostSettings } from "../../../src/transport/ssh/host-settings.ts";
import { connectTcp } from "../../../src/transport/ssh/tcp.ts";
import { hostTarget } from "./ssh-site.ts";

const never = new AbortController().signal;
const server = createServer(socket => socket.once("data", () => socket.resetAndDestroy()));
beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  await once(server, "close");
});

describe("a connection that the host resets before anybody speaks ssh on it", () => {
  it("is an error of the handshake, not of the whole process", async () => {
    const { port } = server.address() as AddressInfo;
    const socket = await connectTcp("127.0.0.1", port, never);
    socket.write("x");
    await new Promise<void>(resolve => void socket.once("close", () => resolve()));
    const options = {
      target: hostTarget(port),
      settings: { ...defaultHostSettings("web1", "tester"), port },
      knownHosts: new KnownHosts([]),
      identities: { keys: [], skipped: [], onlyForSystemSsh: false },
      hostKeyAlgorithms: [],
    };
    await expect(shakeHands(socket, options, never)).rejects.toMatchObject({
      name: "UnreachableError",
      message: `web1:${port} closed the connection at once`,
      passing: true,
    });
  });
});
