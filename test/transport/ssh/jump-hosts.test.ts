import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostTarget, newKey, SshSite } from "./ssh-site.ts";

/** Against hanging, not a bar of speed. */
const soon = { timeout: 45_000 };

let site: SshSite;
beforeEach(() => {
  site = new SshSite();
});
afterEach(() => site.close());

describe("ProxyJump", () => {
  it("opens the jump host once for all hosts behind it", async () => {
    const gate = await site.serve();
    const behind = await site.serve();
    site.configure(`Host web*\n  ProxyJump 127.0.0.1:${gate.port}\n`);
    const transport = site.transport();
    const names = Array.from({ length: 12 }, (_, index) => `web${index}`);
    const runs = names.map(name =>
      transport.connection(hostTarget(behind.port, { name })).run(["echo", name], soon),
    );
    const results = await Promise.all(runs);
    expect(results.map(result => result.stdout)).toEqual(names.map(name => `${name}\n`));
    expect([gate.connections(), behind.connections()]).toEqual([1, 12]);
  });

  it("goes through several hops", async () => {
    const [first, second, behind] = [await site.serve(), await site.serve(), await site.serve()];
    site.configure(`Host web1\n  ProxyJump 127.0.0.1:${first.port},127.0.0.2:${second.port}\n`);
    expect(await site.connection(behind.port).run(["true"], soon)).toMatchObject({ ok: true });
    expect([first, second, behind].map(server => server.connections())).toEqual([1, 1, 1]);
  });

  it("verifies the key of the hop", async () => {
    const gate = await site.serve({ hostKeys: [newKey().private] });
    const behind = await site.serve();
    site.configure(`Host web1\n  ProxyJump 127.0.0.1:${gate.port}\n`);
    const { end } = await site.connection(behind.port).run(["true"], soon);
    expect(end).toMatchObject({
      cause: "jump",
      reason: expect.stringContaining("the host shows another key"),
    });
    expect(behind.connections()).toBe(0);
  });

  it("verifies the key of the host behind it", async () => {
    const gate = await site.serve();
    const behind = await site.serve({ hostKeys: [newKey().private] });
    site.configure(`Host web1\n  ProxyJump 127.0.0.1:${gate.port}\n`);
    const { end } = await site.connection(behind.port).run(["true"], soon);
    expect(end).toMatchObject({ cause: "host-key-changed" });
  });

  it("tells a hop that is down from a host behind it that is", async () => {
    const gate = await site.serve();
    const gone = await site.serve();
    await gone.close();
    site.configure(
      `Host web1\n  ProxyJump 127.0.0.1:${gone.port}\nHost web2\n  ProxyJump 127.0.0.1:${gate.port}\n`,
    );
    const deadHop = await site.connection(gate.port).run(["true"], soon);
    expect(deadHop.end).toMatchObject({
      cause: "jump",
      reason: expect.stringContaining("refuses connections"),
    });
    const deadHost = await site.connection(gone.port, { name: "web2" }).run(["true"], soon);
    expect(deadHost.end).toMatchObject({
      kind: "unreachable",
      reason: expect.stringContaining(`cannot be reached from`),
    });
  });
});

describe("forward", () => {
  it("reaches what the host can reach, and says what it cannot", async () => {
    const server = createServer(socket => socket.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connection = site.connection((await site.serve()).port);
    const stream = await connection.forward({ host: "127.0.0.1", port }, soon);
    const [data] = (await once(stream, "data")) as [Buffer];
    expect(data.toString()).toBe("hello");
    stream.destroy();
    server.close();
    await once(server, "close");
    await expect(connection.forward({ host: "127.0.0.1", port }, soon)).rejects.toMatchObject({
      code: "FORWARD_FAILED",
      message: expect.stringMatching(/^web1 cannot connect to 127\.0\.0\.1:\d+: the host refused a channel/),
    });
  });
});
