import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutputChunk } from "../../src/transport/model.ts";
import { createLocalConnection } from "../../src/transport/local.ts";
import { hostileStrings } from "./hostile-strings.ts";

const connection = createLocalConnection({
  name: "here",
  kind: "local",
  address: "127.0.0.1",
  port: 22,
  user: "",
  connectTimeout: 1000,
  hostKeys: "strict",
});
/** Against hanging, not a bar of speed. */
const soon = { timeout: 45_000 };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "smc-local-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("run", () => {
  it("gives one shape for success and failure", async () => {
    const argv = ["sh", "-c", "echo out; echo err >&2; exit 3"];
    expect(await connection.run(argv, soon)).toEqual({
      host: "here",
      argv,
      ok: false,
      end: { kind: "exited", code: 3 },
      stdout: "out\n",
      stderr: "err\n",
      startedAt: expect.any(Number),
      duration: expect.any(Number),
    });
    expect(await connection.run(["true"], soon)).toMatchObject({
      ok: true,
      end: { kind: "exited", code: 0 },
    });
  });

  it("uses no shell for the arguments", async () => {
    const argv = ["printf", "%s\\0", ...hostileStrings];
    const result = await connection.run(argv, soon);
    expect(result.stdout.split("\0").slice(0, -1)).toEqual(hostileStrings);
  });

  it("feeds text, bytes and streams, and closes the input", async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 50; index++) yield Buffer.alloc(10_000, "x");
    }
    expect(await connection.run(["cat"], { ...soon, stdin: "text" })).toMatchObject({ stdout: "text" });
    expect(await connection.run(["cat"], { ...soon, stdin: Buffer.from("b") })).toMatchObject({
      stdout: "b",
    });
    expect(await connection.run(["wc", "-c"], { ...soon, stdin: chunks() })).toMatchObject({
      stdout: "500000\n",
    });
    expect(await connection.run(["cat"], soon)).toMatchObject({ ok: true, stdout: "" });
  });

  it("does not mind a command that leaves its input unread", async () => {
    const result = await connection.run(["true"], { ...soon, stdin: "x".repeat(1_000_000) });
    expect(result).toMatchObject({ ok: true });
  });

  it("kills the command when the source of its input fails", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("disk on fire");
    }
    const running = connection.run(["sh", "-c", "cat; sleep 600"], { ...soon, stdin: broken() });
    await expect(running).rejects.toThrow("disk on fire");
  });

  it("kills the whole process group at the deadline", async () => {
    const result = await connection.run(["sh", "-c", "sleep 600 & echo $!; wait"], { timeout: 200 });
    expect(result).toMatchObject({ ok: false, end: { kind: "timed-out", after: 200 } });
    const state = await connection.run(["ps", "-o", "stat=", "-p", result.stdout.trim()], soon);
    expect(state.stdout.trim().replace(/^Z.*/, "")).toBe("");
  });

  it("ends at the signal, also at one that came before", async () => {
    const late = new AbortController();
    const running = connection.run(["sh", "-c", "echo started; sleep 600"], {
      ...soon,
      signal: late.signal,
      onOutput: () => late.abort(),
    });
    expect(await running).toMatchObject({ ok: false, end: { kind: "cancelled" }, stdout: "started\n" });
    const early = await connection.run(["touch", join(folder, "ran")], {
      ...soon,
      signal: AbortSignal.abort(),
    });
    expect(early).toMatchObject({ end: { kind: "cancelled" } });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("names the signal that ended a command", async () => {
    const result = await connection.run(["sh", "-c", "kill -TERM $$"], soon);
    expect(result).toMatchObject({ ok: false, end: { kind: "signalled", signal: "SIGTERM" } });
  });

  it("does not wait for a child that stays in the background", async () => {
    const result = await connection.run(["sh", "-c", "sleep 20 & echo $!"], soon);
    expect(result).toMatchObject({ ok: true, end: { kind: "exited", code: 0 } });
    expect(result.duration).toBeLessThan(8000);
    await connection.run(["kill", result.stdout.trim()], soon);
  });

  it("shows output as it comes, whole characters only", async () => {
    const chunks: OutputChunk[] = [];
    const script = "printf 'gr\\303'; sleep 0.1; printf '\\266sse'; echo bad >&2";
    await connection.run(["sh", "-c", script], { ...soon, onOutput: chunk => chunks.push(chunk) });
    const text = (stream: string): string =>
      chunks
        .filter(chunk => chunk.stream === stream)
        .map(chunk => chunk.text)
        .join("");
    expect(text("stdout")).toBe("grösse");
    expect(text("stderr")).toBe("bad\n");
  });

  it("bounds what it keeps and says so", async () => {
    const result = await connection.run(["seq", "1", "200000"], { ...soon, outputLimit: 1000 });
    expect(result.stdout).toMatch(/^\d+\n[^]*\n200000\n$/);
    expect(result.stdout.length).toBeLessThanOrEqual(1000);
    expect(result.cut).toEqual({ stdout: 1_288_895 - result.stdout.length, stderr: 0 });
  });
});

describe("files", () => {
  it("writes with the mode, leaves nothing behind, and reads back", async () => {
    const path = join(folder, "it's a $(file)");
    const written = await connection.writeFile({ ...soon, path, content: "größe\n", mode: 0o640 });
    expect(written).toMatchObject({ ok: true, argv: ["smc-write", path, folder, "0640", "", "8"] });
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["it's a $(file)"]);
    expect(await connection.readFile(path, soon)).toEqual({ kind: "content", content: "größe\n" });
    rmSync(path);
  });

  it("tells absent from unreadable", async () => {
    expect(await connection.readFile(join(folder, "none"), soon)).toEqual({ kind: "absent" });
    expect(await connection.readFile(folder, soon)).toMatchObject({
      kind: "failed",
      result: { stderr: expect.stringContaining("Is a directory") },
    });
  });

  it("keeps the old file when the content does not arrive whole", async () => {
    const path = join(folder, "old");
    writeFileSync(path, "old");
    const half = { ...connection, run: cutStdin() };
    const { writeFileBy } = await import("../../src/transport/files.ts");
    const result = await writeFileBy(half.run, { ...soon, path, content: "new content", mode: 0o600 });
    expect(result).toMatchObject({ ok: false, stderr: "the content did not arrive whole\n" });
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["old"]);
    rmSync(path);
  });

  it("replaces a link and refuses a folder", async () => {
    const path = join(folder, "link");
    writeFileSync(join(folder, "target"), "kept");
    symlinkSync("target", path);
    await connection.writeFile({ ...soon, path, content: "new", mode: 0o600 });
    expect(readFileSync(join(folder, "target"), "utf8")).toBe("kept");
    expect(readFileSync(path, "utf8")).toBe("new");
    const refused = await connection.writeFile({ ...soon, path: folder, content: "x", mode: 0o600 });
    expect(refused).toMatchObject({ ok: false, stderr: `${folder}: is a directory\n` });
  });
});

describe("forward", () => {
  it("connects to a port, and says where it could not", async () => {
    const server = createServer(socket => socket.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const stream = await connection.forward({ host: "127.0.0.1", port }, soon);
    const [first] = (await once(stream, "data")) as [Buffer];
    expect(first.toString()).toBe("hello");
    stream.destroy();
    server.close();
    await once(server, "close");
    await expect(connection.forward({ host: "127.0.0.1", port }, soon)).rejects.toMatchObject({
      code: "FORWARD_FAILED",
      message: `cannot connect to 127.0.0.1:${port} on this machine`,
    });
  });
});

/** A connection that loses the end of what it sends. */
function cutStdin(): typeof connection.run {
  return (argv, options) => connection.run(argv, { ...options, stdin: "new" });
}
