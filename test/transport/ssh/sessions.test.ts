import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RemoteConnection } from "../../../src/transport/remote-connection.ts";
import { hostileStrings } from "../hostile-strings.ts";
import { hostTarget, newKey, SshSite } from "./ssh-site.ts";

/** Against hanging, not a bar of speed. */
const soon = { timeout: 45_000 };

let site: SshSite;
beforeEach(() => {
  site = new SshSite();
});
afterEach(() => site.close());

describe("commands", () => {
  it("take a deadline that is no whole number of milliseconds, as what is left of a step's often is", async () => {
    const { port } = await site.serve();
    const result = await site.connection(port).run(["true"], { timeout: 14_241.45 });
    expect(result).toMatchObject({ ok: true });
  });

  it("gives the shape that local commands have", async () => {
    const { port } = await site.serve();
    const argv = ["sh", "-c", "echo out; echo err >&2; exit 3"];
    expect(await site.connection(port).run(argv, soon)).toEqual({
      host: "web1",
      argv,
      ok: false,
      end: { kind: "exited", code: 3 },
      stdout: "out\n",
      stderr: "err\n",
      startedAt: expect.any(Number),
      duration: expect.any(Number),
    });
  });

  it("brings hostile arguments, input, variables and folders through", async () => {
    const { port } = await site.serve();
    const result = await site.connection(port).run(["printf", "%s\\0", ...hostileStrings], soon);
    expect(result.stdout.split("\0").slice(0, -1)).toEqual(hostileStrings);
    const env = { VALUE: hostileStrings.slice(0, -1).join("") };
    const script = 'cat; printf %s "$VALUE"; pwd';
    const more = await site
      .connection(port)
      .run(["sh", "-c", script], { ...soon, env, directory: "/", stdin: "in\n" });
    expect(more.stdout).toBe(`in\n${env.VALUE}/\n`);
  });

  it("reads megabytes of both streams to the end", async () => {
    const { port } = await site.serve();
    const script = "yes 0123456789abcde | head -c 6000000; yes 0123456789abcde | head -c 3000000 >&2";
    const result = await site.connection(port).run(["sh", "-c", script], soon);
    expect(result).toMatchObject({ ok: true });
    expect([result.stdout.length, result.stderr.length]).toEqual([6_000_000, 3_000_000]);
  });

  it("sends megabytes of input", async () => {
    const { port } = await site.serve();
    const stdin = Buffer.alloc(5_000_000, "x");
    expect(await site.connection(port).run(["wc", "-c"], { ...soon, stdin })).toMatchObject({
      stdout: "5000000\n",
    });
  });

  it("kills at the deadline, also what left the process group", async () => {
    const { port } = await site.serve();
    const connection = site.connection(port);
    const script = "setsid sleep 600 & echo $!; sleep 601 & echo $!; wait";
    const result = await connection.run(["sh", "-c", script], { timeout: 1500 });
    expect(result).toMatchObject({ ok: false, end: { kind: "timed-out", after: 1500 } });
    const pids = result.stdout.trim().split("\n");
    expect(pids).toHaveLength(2);
    const states = await connection.run(["ps", "-o", "stat=", "-p", pids.join(",")], soon);
    expect(states.stdout.replaceAll(/^Z.*\n/gm, "")).toBe("");
  });

  it("kills what is cancelled", async () => {
    const { port } = await site.serve();
    const connection = site.connection(port);
    const stop = new AbortController();
    const result = await connection.run(["sh", "-c", "echo $$; sleep 600"], {
      timeout: 60_000,
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    expect(result).toMatchObject({ ok: false, end: { kind: "cancelled" } });
    const state = await connection.run(["ps", "-o", "stat=", "-p", result.stdout.trim()], soon);
    expect(state.stdout.replace(/^Z.*\n/, "")).toBe("");
  });

  it("names the signal that ended a command", async () => {
    const { port } = await site.serve();
    const result = await site.connection(port).run(["sh", "-c", "kill -TERM $$"], soon);
    expect(result.end).toEqual({ kind: "signalled", signal: "SIGTERM" });
  });

  it("reads and writes files", async () => {
    const { port } = await site.serve();
    const connection = site.connection(port);
    const path = `${site.folder}/it's "new"`;
    expect(await connection.readFile(path, soon)).toEqual({ kind: "absent" });
    const file = { ...soon, path, content: "größe\n", mode: 0o640 };
    expect(await connection.writeFile(file)).toMatchObject({ ok: true });
    expect(await connection.readFile(path, soon)).toEqual({ kind: "content", content: "größe\n" });
  });
});

describe("one connection a host", () => {
  it("shares it between commands and keeps it for the next ones", async () => {
    const server = await site.serve();
    const connection = site.connection(server.port);
    await Promise.all([1, 2, 3].map(() => connection.run(["true"], soon)));
    await connection.run(["true"], soon);
    expect(server.connections()).toBe(1);
  });

  it("opens no more than eight sessions on it", async () => {
    const server = await site.serve();
    const connection = site.connection(server.port);
    const results = await Promise.all(
      Array.from({ length: 25 }, () => connection.run(["sleep", "0.05"], soon)),
    );
    expect(results.every(result => result.ok)).toBe(true);
    expect(server.mostSessions()).toBe(8);
    expect(server.connections()).toBe(1);
  });

  it("gives the place of a command back although a child of it stays in the background", async () => {
    const { port } = await site.serve();
    const connection = site.connection(port);
    const argv = ["sh", "-c", "sleep 20 & echo $!"];
    const results = await Promise.all(Array.from({ length: 8 }, () => connection.run(argv, soon)));
    expect(results.every(result => result.ok)).toBe(true);
    const pids = results.map(({ stdout }) => stdout.trim());
    expect(await connection.run(["kill", ...pids], soon)).toMatchObject({ ok: true });
  });

  it("waits for a place no longer than the command may take, and not after it is cancelled", async () => {
    const { port } = await site.serve();
    const connection = site.connection(port);
    const stop = new AbortController();
    const long = { timeout: 60_000, signal: stop.signal };
    let up = 0;
    const holders = Array.from({ length: 8 }, () =>
      connection.run(["sh", "-c", "echo up; exec sleep 600"], { ...long, onOutput: () => (up += 1) }),
    );
    await vi.waitFor(() => expect(up).toBe(8), 10_000);
    const late = connection.run(["touch", `${site.folder}/late`], { timeout: 200 });
    expect(await late).toMatchObject({ ok: false, end: { kind: "timed-out", after: 200 } });
    const cancelled = connection.run(["touch", `${site.folder}/cancelled`], long);
    stop.abort();
    expect((await cancelled).end).toEqual({ kind: "cancelled" });
    await Promise.all(holders);
    expect(await connection.run(["ls", site.folder], soon)).toMatchObject({
      stdout: "config\nid\nknown_hosts\n",
    });
  });

  it("makes do with a host that allows fewer", async () => {
    const server = await site.serve({ maximumSessions: 2 });
    const connection = site.connection(server.port);
    const results = await Promise.all(
      Array.from({ length: 10 }, () => connection.run(["sleep", "0.05"], soon)),
    );
    expect(results.every(result => result.ok)).toBe(true);
    expect(server.mostSessions()).toBe(2);
  });

  it("caps the connections that start at one time", async () => {
    const server = await site.serve();
    const transport = site.transport({ maximumStarts: 5 });
    const names = Array.from({ length: 40 }, (_, index) => `127.0.1.${index + 1}`);
    const runs = names.map(name =>
      transport.connection(hostTarget(server.port, { name, address: name })).run(["true"], soon),
    );
    expect((await Promise.all(runs)).every(result => result.ok)).toBe(true);
    expect(server.connections()).toBe(40);
    expect(server.mostStarting()).toBeLessThanOrEqual(5);
  });
});

describe("what can go wrong", () => {
  it("is lost when the connection goes away, and the next command gets a new one", async () => {
    let first = true;
    const server = await site.serve({
      onCommand: (channel, _command, connection) => {
        if (first) connection.end();
        else channel.exit(0);
        if (!first) channel.close();
        first = false;
      },
    });
    const connection = site.connection(server.port);
    expect(await connection.run(["true"], soon)).toMatchObject({ ok: false, end: { kind: "lost" } });
    expect(await connection.run(["true"], soon)).toMatchObject({ ok: true });
    expect(server.connections()).toBe(2);
  });

  it("is lost when the channel closes without an exit code", async () => {
    const { port } = await site.serve({ onCommand: channel => channel.close() });
    expect((await site.connection(port).run(["true"], soon)).end).toMatchObject({ kind: "lost" });
  });

  it("is lost when smc closes while a command runs", async () => {
    const { port } = await site.serve();
    const transport = site.transport();
    const running = transport.connection(hostTarget(port)).run(["sh", "-c", "echo up; exec sleep 2"], {
      ...soon,
      onOutput: () => void transport.close(),
    });
    expect(await running).toMatchObject({
      end: { kind: "lost", reason: "smc closed the connection" },
      stdout: "up\n",
    });
  });

  it("says which keys a host refused, without trying again", async () => {
    const server = await site.serve({ userKey: newKey().public });
    const result = await site.connection(server.port).run(["true"], soon);
    expect(result.end).toMatchObject({
      kind: "unreachable",
      cause: "login",
      reason: `127.0.0.1 refused the login of tester: tried ${site.folder}/id; no ssh agent`,
    });
    expect(server.connections()).toBe(1);
  });

  it("tries again when the host drops connections before the login", async () => {
    const server = await site.serve({ dropFirst: 2 });
    expect(await site.connection(server.port).run(["true"], soon)).toMatchObject({ ok: true });
    expect(server.connections()).toBe(3);
  });

  it("gives up after the third time, with the likely reason", async () => {
    const server = await site.serve({ dropFirst: 99 });
    const { end } = await site.connection(server.port).run(["true"], soon);
    expect(end).toMatchObject({ cause: "protocol", hint: expect.stringContaining("MaxStartups") });
    expect(server.connections()).toBe(3);
  });

  it("ends within the connect timeout when the host never answers, for all who ask", async () => {
    const silent = await listenSilently();
    const { port } = silent.address() as AddressInfo;
    const connection = site.connection(port, { connectTimeout: 1500 });
    const startedAt = performance.now();
    const all = await Promise.all([1, 2, 3].map(() => connection.run(["true"], soon)));
    all.push(await connection.run(["true"], soon));
    expect(performance.now() - startedAt).toBeLessThan(2500);
    expect(all.map(({ end }) => end.kind === "unreachable" && end.cause)).toEqual([
      "timeout",
      "timeout",
      "timeout",
      "timeout",
    ]);
    silent.close();
  });

  it("does not let silent hosts keep others from starting", async () => {
    const silent = await listenSilently();
    const server = await site.serve();
    const transport = site.transport({ maximumStarts: 2 });
    const { port } = silent.address() as AddressInfo;
    const stuck = ["a", "b"].map(name =>
      transport.connection(hostTarget(port, { name, connectTimeout: 700 })).run(["true"], soon),
    );
    const good = transport.connection(hostTarget(server.port)).run(["true"], soon);
    expect(await good).toMatchObject({ ok: true });
    await Promise.all(stuck);
    silent.close();
  });

  it("tells refused from not resolvable", async () => {
    const silent = await listenSilently();
    const { port } = silent.address() as AddressInfo;
    silent.close();
    await once(silent, "close");
    expect((await site.connection(port).run(["true"], soon)).end).toMatchObject({ cause: "refused" });
    const nowhere = { address: "no-such-host.invalid" };
    expect((await site.connection(22, nowhere).run(["true"], soon)).end).toMatchObject({ cause: "name" });
  });

  it("is cancelled while it connects", async () => {
    const silent = await listenSilently();
    const { port } = silent.address() as AddressInfo;
    const signal = AbortSignal.timeout(100);
    const result = await site.connection(port, { connectTimeout: 4000 }).run(["true"], { ...soon, signal });
    expect(result).toMatchObject({ end: { kind: "cancelled" } });
    expect(result.duration).toBeLessThan(3000);
    silent.close();
  });
});

describe("what is wrong on this machine", () => {
  it("is why the host is not reached, when ssh does not accept its configuration", async () => {
    site.configure("NoSuchKeyword yes");
    const { end } = await site.connection(22).run(["true"], soon);
    expect(end).toMatchObject({
      kind: "unreachable",
      cause: "protocol",
      reason: expect.stringMatching(/^ssh does not accept its configuration for web1; .*nosuchkeyword/i),
      hint: "Try: ssh -G web1",
    });
  });

  it("is why the host is not reached, when known_hosts cannot be read", async () => {
    const server = await site.serve();
    site.configure(`UserKnownHostsFile ${site.folder}`);
    const { end } = await site.connection(server.port).run(["true"], soon);
    expect(end).toMatchObject({ kind: "unreachable", reason: expect.stringContaining("EISDIR") });
    expect(server.connections()).toBe(0);
  });

  it("is why the host is not reached, when its key cannot be written down; nothing stays open", async () => {
    const server = await site.serve();
    site.configure(`UserKnownHostsFile ${site.folder}/id/known_hosts`);
    const connection = site.connection(server.port, { hostKeys: "accept-new" });
    const { end } = await connection.run(["true"], soon);
    expect(end).toMatchObject({ kind: "unreachable", reason: expect.stringContaining("EEXIST") });
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("is still thrown when it is a mistake of smc", async () => {
    const broken = new RemoteConnection(hostTarget(22), () => Promise.reject(new TypeError("no function")));
    await expect(broken.run(["true"], soon)).rejects.toThrow(TypeError);
  });
});

/** A host that takes connections and says nothing. */
async function listenSilently(): Promise<Server> {
  const server = createServer(socket => socket.on("error", () => undefined).resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
