import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { LISTENING_COMMAND } from "../../../src/engine/listening.ts";
import { describe, expect, it } from "vitest";
import {
  judgeClock,
  judgeControl,
  judgeDisk,
  judgeJava,
  judgePorts,
} from "../../../src/commands/doctor/checks.ts";
import type { CommandResult } from "../../../src/transport/model.ts";

describe("judgeDisk", () => {
  it("names the fullest of several, mount points with spaces included", () => {
    const stdout = [
      "/dev/vda       263174212  12000000  240000000       5% /",
      "/dev/mapper/a b   1000000    900000     100000      90% /mnt/with space",
      "",
    ].join("\n");
    expect(judgeDisk(result({ stdout }))).toEqual({
      verdict: "problem",
      detail: "97.7MB of 976.6MB free on /mnt/with space",
    });
  });

  it("warns before it is too late", () => {
    const stdout = "/dev/sda1  100000000  90000000  10000000  90% /srv\n";
    expect(judgeDisk(result({ stdout })).verdict).toBe("warning");
  });

  it("does not skip a line that it cannot read", () => {
    expect(judgeDisk(result({ stdout: "df: stale file handle\n" }))).toMatchObject({
      verdict: "problem",
      detail: "df printed what smc cannot read: df: stale file handle",
    });
  });
});

describe("judgeJava", () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', "ok", "Java 17"],
    ['openjdk version "11.0.21" 2023-10-17', "ok", "Java 11"],
    ['openjdk version "1.8.0_392"', "problem", "Java 8; Cassandra 4.1 and 5.0 run on 11 or 17"],
    ['openjdk version "21.0.1" 2023-10-17', "problem", "Java 21; Cassandra 4.1 and 5.0 run on 11 or 17"],
    ["sh: java: not found", "problem", "no Java that answers"],
  ])("%s", (stderr, verdict, detail) => {
    expect(judgeJava(result({ stderr }))).toMatchObject({ verdict, detail });
  });
});

describe("judgeClock", () => {
  it.each([
    [1_000_500, "ok", "agrees with ours"],
    [1_001_500, "warning", "500ms ahead"],
    [990_000, "problem", "10s behind"],
  ])("a clock at %d when ours was between 1000000 and 1001000", (theirs, verdict, detail) => {
    const answer = result({ stdout: `${theirs}\n`, startedAt: 1_000_000, duration: 1000 });
    expect(judgeClock(answer)).toMatchObject({ verdict, detail });
  });

  it("does not take words for a time", () => {
    expect(judgeClock(result({ stdout: "Tue Nov 24\n" })).verdict).toBe("problem");
  });
});

describe("judgePorts", () => {
  const stdout = [
    "LISTEN 0      4096         127.0.0.1:9042       0.0.0.0:*",
    "LISTEN 0      128            0.0.0.0:22         0.0.0.0:*",
    "LISTEN 0      128               [::]:80            [::]:*",
    "LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*",
    "",
  ].join("\n");
  const want = (address: string, port: number) => ({ address, port, instance: "x@h" });

  it("names a port that is taken at this address or at all", () => {
    const finding = judgePorts([want("10.1.1.3", 80), want("127.0.0.1", 9042)], result({ stdout }));
    expect(finding).toMatchObject({
      verdict: "problem",
      detail: "taken by another program: 80 (x@h), 9042 (x@h)",
    });
  });

  it("lets another address have the same port", () => {
    expect(judgePorts([want("127.0.0.2", 9042)], result({ stdout })).verdict).toBe("ok");
  });

  it("does not skip a line that it cannot read", () => {
    expect(judgePorts([], result({ stdout: "LISTEN nonsense\n" })).detail).toContain("LISTEN nonsense");
  });
});

describe("the door for administrators", () => {
  const line = (at: string): string => `LISTEN 0 50 ${at} 0.0.0.0:* users:(("java",pid=42,fd=107))\n`;
  const judge = (stdout: string, password = false) =>
    judgeControl({ ports: [7199, 7299], password }, result({ stdout }));

  it.each(["0.0.0.0:7199", "*:7199", "[::]:7299", "10.1.1.3:7199", "[2001:db8::1]:7299"])(
    "is open at %s, unless it asks for a password",
    at => {
      const stdout = line("127.0.0.1:7199") + line(at);
      expect(judge(stdout)).toMatchObject({
        verdict: "problem",
        detail: expect.stringContaining("without a password") as string,
      });
      expect(judge(stdout, true).verdict).toBe("ok");
    },
  );

  it.each(["127.0.0.1:7199", "127.0.0.53%lo:7199", "[::1]:7199", "[::ffff:127.0.0.1]:7299", "0.0.0.0:9042"])(
    "is not at %s",
    at => {
      expect(judge(line(at)).verdict).toBe("ok");
    },
  );

  it("is not taken for shut when nobody can tell", () => {
    expect(judge("LISTEN nonsense\n").verdict).toBe("problem");
    expect(judgeControl({ ports: [7199], password: true }, result({ stderr: "ss: not found" })).verdict).toBe(
      "problem",
    );
  });

  it("is seen where a real program listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const { stdout } = await promisify(execFile)("ss", LISTENING_COMMAND.slice(1));
      const control = { ports: [port], password: false };
      expect(judgeControl(control, result({ stdout }))).toEqual({
        verdict: "ok",
        detail: `127.0.0.1:${port}, this host only`,
      });
    } finally {
      server.close();
    }
  });
});

function result(more: Partial<CommandResult>): CommandResult {
  const ok = more.stderr === undefined || !more.stderr.includes("not found");
  return {
    host: "h",
    argv: [],
    ok,
    end: { kind: "exited", code: ok ? 0 : 127 },
    stdout: "",
    stderr: "",
    startedAt: 0,
    duration: 1,
    ...more,
  };
}
