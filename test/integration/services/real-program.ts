import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Content, Probe } from "../../../src/plan/model.ts";
import type { RenderedInstance } from "../../../src/services/model.ts";

/** Values of the secrets that a rendered file names. */
export type Secrets = Readonly<Record<string, string>>;

/** Makes the folders and files of a rendered instance, as a start does. */
async function putInPlace(rendered: RenderedInstance, secrets: Secrets = {}): Promise<void> {
  for (const { path, mode } of rendered.folders) {
    await mkdir(path, { recursive: true });
    await chmod(path, mode);
  }
  for (const { path, content, mode } of rendered.files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, reveal(content, secrets), { mode });
  }
}

/** A rendered instance that runs. */
export interface RunningProgram {
  child: ChildProcess;
  /** What it wrote so far. */
  log(): Promise<string>;
  /** Lets it read its configuration again, as its unit would. */
  reload(): void;
  /** Ends it by its own stop signal and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Puts an instance in place and starts its command, its output going to its log. */
export async function startReal(rendered: RenderedInstance, secrets: Secrets = {}): Promise<RunningProgram> {
  await putInPlace(rendered, secrets);
  const { argv, env, directory, stopSignal } = rendered.command;
  const [program = "", ...rest] = argv;
  const log = openSync(rendered.log, "a");
  const child = spawn(program, rest, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return {
    child,
    log: () => readFile(rendered.log, "utf8"),
    reload: () => {
      const { reload } = rendered;
      if (reload === undefined || !("signal" in reload)) throw new Error("it has no signal for that");
      child.kill(`SIG${reload.signal}`);
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, "exit");
        child.kill(`SIG${stopSignal}`);
        await exit;
      }
      return child.exitCode;
    },
  };
}

/** Runs a command, and gives its exit code and output. */
export async function runWords(argv: readonly string[]): Promise<{ code: number | null; output: string }> {
  const [program = "", ...rest] = argv;
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  child.stdout.on("data", chunk => output.push(String(chunk)));
  child.stderr.on("data", chunk => output.push(String(chunk)));
  await once(child, "close");
  return { code: child.exitCode, output: output.join("") };
}

/** Whether a probe holds: the kinds that the fronts use, asked from here. */
export async function holds(probe: Probe): Promise<boolean> {
  switch (probe.kind) {
    case "all":
      for (const part of probe.probes) if (!(await holds(part))) return false;
      return true;
    case "socket":
      return new RegExp(probe.expect).test(await askSocket(probe.socket, probe.send));
    case "http": {
      const url = `http://${probe.address}:${probe.port}${probe.path}`;
      const answer = await fetch(url).catch(() => undefined);
      await answer?.body?.cancel();
      return answer !== undefined && probe.status.includes(answer.status);
    }
    case "command": {
      const { code, output } = await runWords(probe.argv);
      return code === 0 && new RegExp(probe.stdout ?? "").test(output);
    }
    case "unit":
    case "tcp":
    case "cql":
    case "streamed":
    case "no-repair":
    case "layout":
    case "ring":
    case "newest":
    case "ports":
    case "any":
    case "everywhere":
      throw new Error(`these tests ask no ${probe.kind}`);
  }
}

/** Waits until a probe holds; rejects with its question after 15 seconds. */
export async function comesToHold(probe: Probe): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds(probe))) {
    if (Date.now() > deadline) throw new Error(`does not come to hold: ${JSON.stringify(probe)}`);
    await sleep(100);
  }
}

/** Sends a line to a socket file and gives the whole answer; empty when nobody listens. */
export async function askSocket(path: string, line: string): Promise<string> {
  return new Promise(resolve => {
    const chunks: string[] = [];
    const socket = connect(path, () => socket.end(`${line}\n`));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on("data", chunk => chunks.push(String(chunk)));
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(chunks.join("")));
  });
}

function reveal(content: Content, secrets: Secrets): string {
  return content.map(part => (typeof part === "string" ? part : (secrets[part.secret] ?? ""))).join("");
}
