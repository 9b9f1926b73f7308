/** Lists the listening TCP sockets, with their programs where the user may see them (ss(8) of iproute2). */
export const LISTENING_COMMAND = ["ss", "-Hltnp"];

/** Where a program listens, or is to listen. */
export interface ListenAddress {
  address: string;
  port: number;
}

/** A listening socket. */
export interface ListeningSocket extends ListenAddress {
  /** `java (process 4242)`; undefined where it belongs to somebody else. */
  program: string | undefined;
}

/** Reads what the command printed, every line of it; `unread` is the first line that is of another form. */
export function readListening(output: string): ListeningSocket[] | { unread: string } {
  const lines = output.split("\n").filter(line => line.trim() !== "");
  const sockets = lines.map(readLine);
  const unread = lines[sockets.indexOf(undefined)];
  return unread === undefined ? sockets.flatMap(socket => socket ?? []) : { unread };
}

/** The socket that keeps a program from listening there. */
export function holderOf(
  sockets: readonly ListeningSocket[],
  { address, port }: ListenAddress,
): ListeningSocket | undefined {
  return sockets.find(
    socket => socket.port === port && (socket.address === address || isAny(socket.address) || isAny(address)),
  );
}

/** `LISTEN 0 50 127.0.0.3:7199 0.0.0.0:* users:(("java",pid=4242,fd=107))` */
function readLine(line: string): ListeningSocket | undefined {
  const match = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line);
  if (match?.[1] === undefined) return undefined;
  const users = /users:\(\("(.*?)",pid=(\d+)/.exec(line);
  return {
    address: match[1].replace(/^\[|\]$/g, "").replace(/%.*$/, ""),
    port: Number(match[2]),
    program: users === null ? undefined : `${users[1]} (process ${users[2]})`,
  };
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "*" || address === "::";
}
