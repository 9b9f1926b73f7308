import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import { createTransport } from "../../../src/transport/create.ts";
import type { Connection, Transport } from "../../../src/transport/model.ts";
import { type LocalSshd, startLocalSshd } from "../../helpers/local-sshd.ts";
import { hostileStrings } from "../../transport/hostile-strings.ts";

const soon = { timeout: 30_000 };
/** A ProxyCommand that needs no other program. */
const PROXY = `const s=require("net").connect(+process.argv[3],process.argv[2]);process.stdin.pipe(s).pipe(process.stdout);s.on("close",()=>process.exit())`;

let sshd: LocalSshd;
const transports: Transport[] = [];

beforeAll(async () => {
  sshd = await startLocalSshd();
  const proxy = join(sshd.folder, "proxy.cjs");
  writeFileSync(proxy, PROXY);
  sshd.configureClient(`Host over-openssh\n  ProxyCommand ${process.execPath} ${proxy} %h %p\n`);
});
afterEach(async () => {
  await Promise.all(transports.splice(0).map(transport => transport.close()));
});
afterAll(() => sshd.close());

function target(name: string, change: Partial<HostTarget> = {}): HostTarget {
  return {
    name,
    kind: "ssh",
    address: "127.0.0.1",
    port: sshd.port,
    user: "",
    connectTimeout: 20_000,
    hostKeys: "strict",
    ...change,
  };
}

function connectionTo(name: string, change: Partial<HostTarget> = {}): Connection {
  const transport = createTransport({ sshConfigFile: sshd.configFile });
  transports.push(transport);
  return transport.connection(target(name, change));
}

async function running(connection: Connection, pids: string): Promise<string[]> {
  const listed = await connection.run(["ps", "-o", "stat=", "-p", pids.trim().split("\n").join(",")], soon);
  return listed.stdout.split("\n").filter(state => state !== "" && !state.startsWith("Z"));
}

describe.each(["over-ssh2", "over-openssh"])("%s", name => {
  it("gives the shape of a success and of a failure", async () => {
    const connection = connectionTo(name);
    expect(await connection.run(["sh", "-c", "cat; echo err >&2"], { ...soon, stdin: "in" })).toMatchObject({
      host: name,
      ok: true,
      end: { kind: "exited", code: 0 },
      stdout: "in",
      stderr: "err\n",
    });
    const codes = await Promise.all(
      [1, 127, 254, 255].map(code => connection.run(["sh", "-c", `exit ${code}`], soon)),
    );
    expect(codes.map(({ end }) => end)).toEqual([1, 127, 254, 255].map(code => ({ kind: "exited", code })));
  });

  it("quotes for the login shell of the host", async () => {
    const result = await connectionTo(name).run(["printf", "%s\\0", ...hostileStrings], soon);
    expect(result.stdout.split("\0").slice(0, -1)).toEqual(hostileStrings);
  });

  it("kills at the deadline, children included", async () => {
    const connection = connectionTo(name);
    const script = "echo $$; setsid sleep 600 & echo $!; sleep 601 & echo $!; wait";
    const result = await connection.run(["sh", "-c", script], { timeout: 500 });
    expect(result.end).toEqual({ kind: "timed-out", after: 500 });
    expect(result.stdout.trim().split("\n")).toHaveLength(3);
    expect(await running(connection, result.stdout)).toEqual([]);
  });

  it("kills what is cancelled", async () => {
    const connection = connectionTo(name);
    const stop = new AbortController();
    let said = "";
    const result = await connection.run(["sh", "-c", "echo $$; sleep 600 & echo $!; wait"], {
      timeout: 60_000,
      signal: stop.signal,
      // The two lines may come in one piece or in two.
      onOutput: ({ text }) => {
        said += text;
        if (said.trim().split("\n").length > 1) stop.abort();
      },
    });
    expect(result.end).toEqual({ kind: "cancelled" });
    expect(await running(connection, result.stdout)).toEqual([]);
  });

  it("writes and reads files", async () => {
    const connection = connectionTo(name);
    const path = join(sshd.folder, `a "file" of ${name}`);
    const content = "größe\n".repeat(100_000);
    expect(await connection.writeFile({ ...soon, path, content, mode: 0o640 })).toMatchObject({ ok: true });
    expect(await connection.readFile(path, soon)).toEqual({ kind: "content", content });
    expect(await connection.readFile(`${path} not`, soon)).toEqual({ kind: "absent" });
  });

  it("forwards to ports and sockets of the host", async () => {
    const connection = connectionTo(name);
    const path = join(sshd.folder, `${name}.sock`);
    const server = createServer(socket => socket.pipe(socket)).listen(path);
    await once(server, "listening");
    const toPort = await connection.forward({ host: "127.0.0.1", port: sshd.port }, soon);
    const [banner] = (await once(toPort, "data")) as [Buffer];
    expect(banner.toString()).toMatch(/^SSH-2\.0-/);
    const toSocket = await connection.forward({ socket: path }, soon);
    toSocket.write("ping");
    const [answer] = (await once(toSocket, "data")) as [Buffer];
    expect(answer.toString()).toBe("ping");
    toPort.destroy();
    toSocket.destroy();
    server.close();
  });

  it("keeps one way to a port open, however often it is asked", async () => {
    const connection = connectionTo(name);
    const forwards = (): number =>
      execFileSync("ss", ["-Hxl"], { encoding: "utf8" }).match(/smc-ssh-\w+\/f\d+/g)?.length ?? 0;
    const before = forwards();
    for (let time = 0; time < 5; time += 1) {
      const stream = await connection.forward({ host: "127.0.0.1", port: sshd.port }, soon);
      const [banner] = (await once(stream, "data")) as [Buffer];
      expect(banner.toString()).toMatch(/^SSH-2\.0-/);
      stream.destroy();
    }
    expect(forwards() - before).toBe(name === "over-openssh" ? 1 : 0);
  });

  it("is unreachable with the cause", async () => {
    const refused = await connectionTo("refused", { port: 1 }).run(["true"], soon);
    expect(refused.end).toMatchObject({ kind: "unreachable", cause: "refused" });
  });
});

describe("a login by a key in memory", () => {
  it("is signed at once: the host is not asked first whether it would take the key", async () => {
    const verbose = await startLocalSshd("LogLevel VERBOSE");
    try {
      const transport = createTransport({ sshConfigFile: verbose.configFile });
      transports.push(transport);
      const connection = transport.connection(target("host", { port: verbose.port }));
      expect(await connection.run(["true"], soon)).toMatchObject({ ok: true });
      const log = readFileSync(join(verbose.folder, "log"), "utf8");
      expect(log).toContain("Accepted publickey");
      expect(log).not.toContain("Postponed publickey");
    } finally {
      await verbose.close();
    }
  });
});

describe("certificates, which only the system ssh can check", () => {
  it("trusts a host by its authority, and logs in by a user's certificate", async () => {
    const authority = join(sshd.folder, "authority");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", authority]);
    const own = await startLocalSshd(
      `TrustedUserCAKeys ${authority}.pub\nHostCertificate ${sshd.folder}/certified-cert.pub`,
      {
        hostKeyFile: certify(authority, "certified", ["-h", "-n", "[127.0.0.1]:*,127.0.0.1"]),
      },
    );
    try {
      const user = certify(authority, "user", ["-n", own.user]);
      const known = join(sshd.folder, "known-authorities");
      writeFileSync(known, `@cert-authority * ${readFileSync(`${authority}.pub`, "utf8")}`);
      own.configureClient(`UserKnownHostsFile ${known}\nIdentityFile ${user}\n`);
      const transport = createTransport({ sshConfigFile: own.configFile });
      transports.push(transport);
      const result = await transport
        .connection(target("certified", { port: own.port }))
        .run(["echo", "in"], soon);
      expect(result).toMatchObject({ ok: true, stdout: "in\n" });
    } finally {
      await own.close();
    }
  });
});

/** A new key, signed by the authority. */
function certify(authority: string, name: string, words: readonly string[]): string {
  const file = join(sshd.folder, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", name, ...words, `${file}.pub`]);
  return file;
}
