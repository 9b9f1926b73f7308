import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection, type ParsedKey, type ServerChannel, type Session } from "ssh2";

export interface TestServerOptions {
  /** Private host keys, in OpenSSH's format. */
  hostKeys: readonly string[];
  /** The public key that may log in. */
  userKey: string;
  /** More sessions than this on one connection are refused, as sshd does by MaxSessions. */
  maximumSessions?: number;
  /** What to do with a command instead of running it. */
  onCommand?: (channel: ServerChannel, command: string, connection: Connection) => void;
  /** Connections to drop before the handshake, as MaxStartups does. */
  dropFirst?: number;
}

/** An ssh server in this process that runs commands by /bin/sh, with what a test wants to know about it. */
export interface TestServer {
  port: number;
  /** Connections that sent anything. */
  connections(): number;
  /** Connections that are open now. */
  open(): number;
  /** The most sessions that were open at one time on one connection. */
  mostSessions(): number;
  /** The most connections between the TCP connect and the login at one time. */
  mostStarting(): number;
  close(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const allowed = ssh2.utils.parseKey(options.userKey) as ParsedKey;
  const counts = { connections: 0, sessions: 0, starting: 0, mostStarting: 0 };
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [...options.hostKeys] }, connection => {
    connection.on("error", () => undefined);
    connection.on("authentication", context => {
      const mayLogIn = context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
      if (mayLogIn) context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("ready", () => {
      counts.starting -= 1;
      serve(connection, options, counts);
    });
  });
  // The TCP side is a server of its own, to count and to drop connections where sshd does.
  const listener = createServer(socket => {
    counts.connections += 1;
    counts.starting += 1;
    counts.mostStarting = Math.max(counts.mostStarting, counts.starting);
    sockets.add(socket);
    if (counts.connections > (options.dropFirst ?? 0)) server.injectSocket(socket);
    else socket.destroy();
  });
  listener.listen(0, "0.0.0.0");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => counts.connections,
    open: () => [...sockets].filter(socket => !socket.destroyed).length,
    mostSessions: () => counts.sessions,
    mostStarting: () => counts.mostStarting,
    async close() {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(connection: Connection, options: TestServerOptions, counts: { sessions: number }): void {
  let sessions = 0;
  connection.on("session", (accept, reject) => {
    if (sessions >= (options.maximumSessions ?? 10)) {
      reject();
      return;
    }
    sessions += 1;
    counts.sessions = Math.max(counts.sessions, sessions);
    const session: Session = accept();
    session.on("close", () => (sessions -= 1));
    session.on("exec", (acceptExec, _, { command }) => {
      const channel = acceptExec();
      if (options.onCommand === undefined) runByShell(channel, command);
      else options.onCommand(channel, command, connection);
    });
  });
  connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
    const socket = connect(destPort, destIP);
    socket.once("error", () => reject());
    socket.once("connect", () => {
      const channel = accept();
      socket.pipe(channel).pipe(socket);
      socket.on("error", () => channel.close());
      channel.on("error", () => undefined);
      channel.on("close", () => socket.destroy());
    });
  });
}

function runByShell(channel: ServerChannel, command: string): void {
  const child = spawn("/bin/sh", ["-c", command]);
  child.stdin.on("error", () => undefined);
  channel.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  // As sshd does: the status at once, the end of the channel when nothing holds the output open any more.
  child.on("exit", (code, signal) => {
    if (code === null) channel.exit(signal?.replace("SIG", "") ?? "TERM", false, "");
    else channel.exit(code);
  });
  child.on("close", () => {
    channel.end();
    channel.close();
  });
}
