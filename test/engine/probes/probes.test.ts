import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, makeFolder, perform, removeFolder } from "../../helpers/work.ts";

let folder = "";
const servers: Server[] = [];

beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))));
  await removeFolder(folder);
});

function listen(server: Server, where: object): Promise<number> {
  servers.push(server);
  return new Promise(resolve => {
    server.listen(where, () => resolve((server.address() as AddressInfo).port));
  });
}
const address = "127.0.0.1";
const onLoopback = (server: Server): Promise<number> => listen(server, { host: address, port: 0 });
const unusedPort = async (): Promise<number> => {
  const port = await onLoopback(createServer());
  await new Promise(resolve => servers.pop()?.close(resolve));
  return port;
};

describe("tcp", () => {
  it("holds where something listens", async () => {
    const port = await onLoopback(createServer());
    expect(await ask({ kind: "tcp", address, port })).toEqual({
      holds: "yes",
      evidence: `127.0.0.1:${port} accepts connections`,
    });
  });

  it("is a no, not unknown, where the connection is refused", async () => {
    const port = await unusedPort();
    expect(await ask({ kind: "tcp", address, port })).toEqual({
      holds: "no",
      evidence: `connection refused on 127.0.0.1:${port}`,
    });
  });
});

describe("http", () => {
  const web = (): Promise<number> =>
    onLoopback(
      createHttpServer((request, response) => {
        response.statusCode = request.url === "/alive" ? 200 : 404;
        response.end(`host ${request.headers.host} asks`);
      }),
    );

  it("holds for the status and body asked for", async () => {
    const probe = { kind: "http", address, port: await web(), path: "/alive", status: [200] } as const;
    expect(await ask(probe)).toMatchObject({ holds: "yes" });
    const headers = { Host: "cloud.example" };
    expect(await ask({ ...probe, headers, body: "^host cloud.example" })).toMatchObject({ holds: "yes" });
    expect(await ask({ ...probe, body: "^nobody" })).toMatchObject({
      holds: "no",
      evidence: expect.stringContaining("asks"),
    });
  });

  it("says what status came instead", async () => {
    const port = await web();
    expect(await ask({ kind: "http", address, port, path: "/x", status: [200, 204] })).toEqual({
      holds: "no",
      evidence: `http://127.0.0.1:${port}/x answered 404, not 200 or 204`,
    });
  });

  it("tells a refused connection and a server that hangs up from an answer", async () => {
    const probe = { kind: "http", address, path: "/", status: [200] } as const;
    expect(await ask({ ...probe, port: await unusedPort() })).toMatchObject({
      holds: "no",
      evidence: expect.stringMatching(/^connection refused/),
    });
    const port = await onLoopback(createServer(socket => socket.on("data", () => socket.destroy())));
    expect(await ask({ ...probe, port })).toEqual({
      holds: "no",
      evidence: `127.0.0.1:${port} ended the connection without an answer`,
    });
  });

  it("is a no where a server speaks something else", async () => {
    const port = await onLoopback(createServer(socket => void socket.resume().end("SSH-2.0-x\r\n")));
    expect(await ask({ kind: "http", address, port, path: "/", status: [200] })).toMatchObject({
      holds: "no",
      evidence: `127.0.0.1:${port} does not answer in HTTP`,
    });
  });
});

describe("command", () => {
  it("holds by exit code and output", async () => {
    expect(await ask({ kind: "command", argv: ["true"] })).toMatchObject({ holds: "yes" });
    expect(await ask({ kind: "command", argv: ["echo", "5.0.6"], stdout: "^5\\.0" })).toMatchObject({
      holds: "yes",
    });
    expect(await ask({ kind: "command", argv: ["echo", "4.1.9"], stdout: "^5\\.0" })).toEqual({
      holds: "no",
      evidence: "echo answered 4.1.9",
    });
    const failing = ["sh", "-c", "echo not there >&2; exit 4"];
    expect(await ask({ kind: "command", argv: failing })).toEqual({
      holds: "no",
      evidence: "sh ended with exit code 4: not there",
    });
  });
});

describe("ports", () => {
  it("holds where nobody listens, and names who does", async () => {
    const port = await onLoopback(createServer());
    const free = [{ address, port: await unusedPort() }];
    expect(await ask({ kind: "ports", free })).toMatchObject({ holds: "yes" });
    expect(await ask({ kind: "ports", free: [...free, { address, port }] })).toEqual({
      holds: "no",
      final: true,
      evidence: expect.stringMatching(
        new RegExp(`^127.0.0.1:${port} is taken by .+ \\(process ${process.pid}\\)$`),
      ),
    });
  });

  it("takes the same port of another address for another one", async () => {
    const port = await onLoopback(createServer());
    const free = [{ address: "127.0.0.2", port }];
    expect(await ask({ kind: "ports", free })).toMatchObject({ holds: "yes" });
    const everywhere = await listen(createServer(), { host: "0.0.0.0", port: 0 });
    expect(await ask({ kind: "ports", free: [{ address, port: everywhere }] })).toMatchObject({
      holds: "no",
    });
  });
});

describe("newest", () => {
  const probe = { kind: "newest", maxAge: 60_000 } as const;

  it("holds while the newest entry is young enough", async () => {
    await writeFile(join(folder, "old"), "");
    await utimes(join(folder, "old"), 1000, 1000);
    expect(await ask({ ...probe, folder })).toMatchObject({ holds: "no" });
    await mkdir(join(folder, "a new one"));
    expect(await ask({ ...probe, folder })).toMatchObject({
      holds: "yes",
      evidence: expect.stringContaining("a new one"),
    });
  });

  it("is a no for an empty folder and for one that is not there", async () => {
    expect(await ask({ ...probe, folder })).toEqual({ holds: "no", evidence: `${folder} is empty` });
    expect(await ask({ ...probe, folder: join(folder, "no") })).toMatchObject({ holds: "no" });
  });
});

describe("socket", () => {
  const control = async (): Promise<string> => {
    const socket = join(folder, "admin.sock");
    const server = createServer(connection => {
      connection.on("data", line => connection.end(`${String(line).trim()}: done\n`));
    });
    await listen(server, { path: socket });
    return socket;
  };

  it("sends a line and compares the whole answer", async () => {
    const socket = await control();
    expect(
      await perform({ kind: "socket", socket, send: "disable server a/b", expect: "done$" }),
    ).toMatchObject({
      kind: "failed",
    });
    expect(
      await perform({ kind: "socket", socket, send: "show info", expect: "^show info: done\n$" }),
    ).toEqual({
      kind: "changed",
    });
    expect(await ask({ kind: "socket", socket, send: "show", expect: "^show: done" })).toMatchObject({
      holds: "yes",
    });
    expect(await ask({ kind: "socket", socket, send: "show", expect: "^other" })).toMatchObject({
      holds: "no",
    });
  });

  it("is a no where there is no socket", async () => {
    const socket = join(folder, "no.sock");
    expect(await ask({ kind: "socket", socket, send: "x", expect: "" })).toEqual({
      holds: "no",
      evidence: `${socket} is not there`,
    });
    expect(await perform({ kind: "socket", socket, send: "x", expect: "" })).toMatchObject({
      kind: "failed",
    });
  });
});

describe("everywhere", () => {
  const hosts = ["db1", "db2", "db3", "db4", "db5"];
  const says = (host: string, ...words: string[]) =>
    ({ host, probe: { kind: "command", argv: ["sh", "-c", words.join("; ")] } }) as const;
  const everywhere = (...asked: ReturnType<typeof says>[]) => ask({ kind: "everywhere", asked }, { hosts });

  it("holds when it holds on every host, and tells equal answers once", async () => {
    const answer = await everywhere(says("db1", "true"), says("db2", "true"));
    expect(answer).toEqual({ holds: "yes", evidence: "db[1-2]: sh succeeded" });
  });

  it("is a no of one host, and names it", async () => {
    const answer = await everywhere(says("db1", "true"), says("db2", "exit 3"));
    expect(answer).toEqual({
      holds: "no",
      evidence: expect.stringMatching(/^db2: .* ended with exit code 3$/),
    });
  });

  it("tells some answers of many, and who else answered so", async () => {
    const codes = hosts.map((host, index) => says(host, `exit ${index + 1}`));
    expect((await everywhere(...codes)).evidence).toMatch(/^db1: .*; db2: .*; db3: .*; and db\[4-5\]$/);
  });

  it("asks all at once", async () => {
    const meet = (own: string, other: string): string[] => [
      `touch ${folder}/${own}`,
      `for i in $(seq 100); do [ -e ${folder}/${other} ] && exit 0; sleep 0.05; done`,
      "exit 1",
    ];
    const answer = await everywhere(says("db1", ...meet("a", "b")), says("db2", ...meet("b", "a")));
    expect(answer.holds).toBe("yes");
  });
});

describe("all", () => {
  const yes = { kind: "command", argv: ["true"] } as const;
  const no = { kind: "command", argv: ["false"] } as const;

  it("holds when all do, and gives the evidence of the first that does not", async () => {
    const nothing = { kind: "all", probes: [] } as const;
    expect(await ask({ kind: "all", probes: [yes, nothing, yes] })).toEqual({
      holds: "yes",
      evidence: "true succeeded, true succeeded",
    });
    expect(await ask({ kind: "all", probes: [yes, no, yes] })).toEqual({
      holds: "no",
      evidence: "false ended with exit code 1",
    });
  });
});

describe("any", () => {
  const yes = { kind: "command", argv: ["true"] } as const;
  const no = { kind: "command", argv: ["sh", "-c", "echo not so; exit 1"] } as const;
  const unknown = { kind: "everywhere", asked: [{ host: "nobody", probe: yes }] } as const;

  it("holds when one does, and is a no only when all of them say no", async () => {
    expect(await ask({ kind: "any", probes: [no, yes, unknown] })).toMatchObject({ holds: "yes" });
    expect(await ask({ kind: "any", probes: [no, no] })).toMatchObject({ holds: "no" });
    expect(await ask({ kind: "any", probes: [] })).toMatchObject({ holds: "no" });
  });
});
