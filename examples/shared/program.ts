import { rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { reasonOf, type Log } from "./log.ts";

/** Requests under way get this long to end when the program is told to stop. */
const DRAIN_DEADLINE_MS = 10_000;

/** Runs `main`; what it throws is printed as one line and ends the program with code 2, as a wrong option should. */
export async function runProgram(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${name}: ${reasonOf(error)}\n`);
    process.exitCode = 2;
  }
}

/** Writes the pid file and removes it when the program ends. */
export function keepPidFile(file: string | undefined): void {
  if (file === undefined) return;
  writeFileSync(file, `${process.pid}\n`, { mode: 0o644 });
  process.once("exit", () => rmSync(file, { force: true }));
}

/** Calls `stop` at the first SIGTERM or SIGINT, then ends the program; a second signal ends it at once. */
export function stopOnSignal(log: Log, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    log(`${signal}: stopping`);
    stop().then(
      () => process.exit(0),
      error => {
        log(`stopping failed: ${reasonOf(error)}`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** Accepts nothing more and waits for the requests under way, at most ten seconds. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_DEADLINE_MS);
  await new Promise<void>(resolve => server.close(() => resolve()));
  clearTimeout(cut);
}

/** Listens, and gives the port, which the system chooses for port 0. Rejects when the port is taken. */
export async function listen(server: Server, at: { host: string; port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return address === null || typeof address === "string" ? at.port : address.port;
}
