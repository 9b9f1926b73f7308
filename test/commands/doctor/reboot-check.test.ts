import { describe, expect, it } from "vitest";
import { judgeReboot } from "../../../src/commands/doctor/reboot-check.ts";
import type { CommandResult } from "../../../src/transport/model.ts";

function result(stdout: string, ok = true): CommandResult {
  const end = { kind: "exited", code: ok ? 0 : 1 } as const;
  return { host: "h", argv: [], ok, end, stdout, stderr: "no luck\n", startedAt: 0, duration: 1 };
}

describe("judgeReboot", () => {
  it.each([
    ["== reboot\nrunning 6.1.0-30\nnewest 6.1.0-30\n== end\n", "ok", "runs the kernel 6.1.0-30"],
    ["== reboot\nrunning 6.1.0-30\n== end\n", "ok", "runs the kernel 6.1.0-30"],
    [
      "== reboot\nrequired\nrunning 6.1.0-30\nnewest 6.1.0-40\n== end\n",
      "warning",
      "waits for a reboot: it runs the kernel 6.1.0-30 and has 6.1.0-40",
    ],
    [
      "== reboot\nrequired\nrunning 6.1.0-30\n== end\n",
      "warning",
      "waits for a reboot, as its distribution says",
    ],
    ["== reboot\nrunning 6.1.0-30\n", "problem", expect.stringContaining("the end is missing")],
    ["== reboot\n== end\n", "problem", expect.stringContaining("does not know")],
  ])("%j", (stdout, verdict, detail) => {
    expect(judgeReboot(result(stdout))).toMatchObject({ verdict, detail });
  });

  it("does not take a failure for an answer", () => {
    expect(judgeReboot(result("", false))).toEqual({
      verdict: "problem",
      detail: "could not be looked at: no luck",
    });
  });
});
