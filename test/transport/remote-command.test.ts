import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, property, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { buildRemoteCommand, buildShellCommand } from "../../src/transport/remote-command.ts";
import { hostileStrings } from "./hostile-strings.ts";

const PRINT_ARGUMENTS = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";

function throughShell(line: string, input = ""): string {
  return execFileSync("/bin/sh", ["-c", line], { encoding: "utf8", input });
}

function argumentsThroughShell(words: readonly string[]): unknown {
  const line = buildShellCommand([process.execPath, "-e", PRINT_ARGUMENTS, "--", ...words], {});
  return JSON.parse(throughShell(line));
}

describe("buildShellCommand", () => {
  it("brings every hostile string through the real shell", () => {
    expect(argumentsThroughShell(hostileStrings)).toEqual(hostileStrings);
  });

  it("brings any string without NUL through the real shell", () => {
    const word = string({ unit: "grapheme" }).map(text => text.replaceAll("\0", ""));
    const rule = property(array(word, { minLength: 20, maxLength: 40 }), words => {
      const printed = throughShell(buildShellCommand(["printf", "%s\\0", ...words], {}));
      expect(printed.split("\0").slice(0, -1)).toEqual(words);
    });
    assert(rule, { numRuns: 100 });
  });

  it("passes hostile values of variables and hostile folders", () => {
    const folder = mkdtempSync(join(tmpdir(), 'smc-it\'s $(id) "x" '));
    try {
      const value = hostileStrings.join("");
      const script = 'process.stdout.write(process.cwd() + "\\0" + process.env.VALUE)';
      const line = buildShellCommand([process.execPath, "-e", script], {
        env: { VALUE: value },
        directory: folder,
      });
      expect(throughShell(line)).toBe(`${folder}\0${value}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("sets the C locale, unless told another", () => {
    const print = ["printenv", "LC_ALL"];
    expect(throughShell(buildShellCommand(print, {}))).toBe("C\n");
    expect(throughShell(buildShellCommand(print, { env: { LC_ALL: "C.UTF-8" } }))).toBe("C.UTF-8\n");
  });

  it("refuses names that are no variables", () => {
    expect(() => buildShellCommand(["true"], { env: { "A;id": "1" } })).toThrow(
      expect.objectContaining({ code: "ENV_NAME_INVALID" }),
    );
  });

  it("refuses NUL, which no argument can hold", () => {
    expect(() => buildShellCommand(["echo", "a\0b"], {})).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  it("does not run the command when the folder is missing", () => {
    const line = buildShellCommand(["echo", "ran"], { directory: "/nonexistent/folder" });
    const result = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(result.stdout).toBe("");
    expect(result.stderr).toContain("/nonexistent/folder");
    expect(result.status).not.toBe(0);
  });

  it("kills the command and its children at the deadline", () => {
    const line = buildShellCommand(["sh", "-c", "echo $$; sleep 600 & echo $!; wait"], { timeout: 200 });
    const result = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(result.signal).toBe("SIGKILL");
    const pids = result.stdout.trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

describe("buildRemoteCommand", () => {
  const login = { loginUser: "ops", timeout: 5000 };

  it("uses neither sudo nor runuser for the login user", () => {
    const plain = buildRemoteCommand(["id"], login);
    expect(buildRemoteCommand(["id"], { ...login, runAs: "ops" })).toEqual(plain);
    expect(plain).toEqual({ line: "export LC_ALL=C && exec timeout -s KILL 5 id", stdinPrefix: "" });
  });

  it("becomes another user by sudo that must not ask, or by runuser from root", () => {
    const inner = "'export LC_ALL=C && exec timeout -s KILL 5 id'";
    expect(buildRemoteCommand(["id"], { ...login, runAs: "salvus" }).line).toBe(
      `export LC_ALL=C && exec sudo -n -u salvus -- sh -c ${inner}`,
    );
    expect(buildRemoteCommand(["id"], { ...login, loginUser: "root", runAs: "salvus" }).line).toBe(
      `export LC_ALL=C && exec runuser -u salvus -- sh -c ${inner}`,
    );
  });

  it("keeps the password out of the line", () => {
    const command = buildRemoteCommand(["id"], {
      ...login,
      runAs: "root",
      password: new Secret("hunter2;'"),
    });
    expect(command.line).not.toContain("hunter2");
    expect(command.stdinPrefix.startsWith("hunter2;'\n")).toBe(true);
  });
});

describe("a password on stdin", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "smc-sudo-"));
    mkdirSync(join(folder, "asks"));
    mkdirSync(join(folder, "trusts"));
    const run = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"';
    writeFileSync(join(folder, "asks", "sudo"), `#!/bin/sh\nIFS= read -r said; echo "[$said]"\n${run}\n`);
    writeFileSync(join(folder, "trusts", "sudo"), `#!/bin/sh\n${run}\n`);
    for (const kind of ["asks", "trusts"]) chmodSync(join(folder, kind, "sudo"), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function runWithSudo(kind: string): string {
    const command = buildRemoteCommand(["cat"], {
      loginUser: "ops",
      runAs: "root",
      timeout: 5000,
      password: new Secret("pass word;$(id)\\'"),
    });
    const line = `PATH=${folder}/${kind}:$PATH; ${command.line}`;
    return throughShell(line, `${command.stdinPrefix}input\nof the command`);
  }

  it("reaches a sudo that asks, and the rest reaches the command", () => {
    expect(runWithSudo("asks")).toBe("[pass word;$(id)\\']\ninput\nof the command");
  });

  it("never reaches the command when sudo does not ask", () => {
    expect(runWithSudo("trusts")).toBe("input\nof the command");
  });
});

function isRunning(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.trim().startsWith("Z");
  } catch {
    return false;
  }
}
