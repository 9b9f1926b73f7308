import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("the hub as a program, with no database at all", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  it("serves, says that the database is down, and ends well on SIGTERM", async () => {
    const [port, proxyPort, database] = await Promise.all([freePort(), freePort(), freePort()]);
    const folder = await temporaryFolder();
    const pidFile = join(folder, "hub.pid");
    const options = ["--port", port, "--proxy_port", proxyPort, "--database_nodes", `127.0.0.1:${database}`];
    const argv = ["examples/hub/hub.ts", "nodaemon", ...options.map(String), "--pidfile", pidFile];
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: "ignore" });
    children.push(child);

    const status = async (path: string, at = port): Promise<number> =>
      (await fetch(`http://127.0.0.1:${at}${path}`)).status;
    await vi.waitFor(async () => expect(await status("/alive")).toBe(200), { timeout: 15_000, interval: 50 });
    expect(await status("/alive", proxyPort)).toBe(200);
    expect(await status("/stats")).toBe(503);
    expect(await status("/hub/values/a")).toBe(503);
    expect(await readFile(pidFile, "utf8")).toBe(`${child.pid}\n`);

    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    await expect(readFile(pidFile)).rejects.toThrow("ENOENT");
  }, 30_000);

  it("refuses a wrong option with one line and code 2", async () => {
    const child = spawn(process.execPath, ["examples/hub/hub.ts", "--port", "x"], { cwd: ROOT });
    children.push(child);
    const output: string[] = [];
    child.stderr.on("data", chunk => output.push(String(chunk)));
    expect(await once(child, "close")).toEqual([2, null]);
    expect(output.join("")).toBe('hub: --port must be a whole number from 1 to 65535, not "x"\n');
  }, 30_000);
});
