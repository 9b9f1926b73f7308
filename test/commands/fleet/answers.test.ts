import { describe, expect, it } from "vitest";
import { answersToJson, printAnswers, totalLine } from "../../../src/commands/fleet/answers.ts";
import { describeEnd } from "../../../src/commands/fleet/describe-end.ts";
import type { CommandEnd, CommandResult } from "../../../src/transport/model.ts";

function answer(host: string, result: Partial<CommandResult> = {}): CommandResult {
  const end: CommandEnd = result.end ?? { kind: "exited", code: 0 };
  const ok = end.kind === "exited" && end.code === 0;
  return { host, argv: ["uptime"], ok, stdout: "", stderr: "", startedAt: 0, duration: 5, ...result, end };
}

describe("printAnswers", () => {
  it("shows equal answers once, under folded names", () => {
    const same = ["cloud1", "cloud2", "cloud12"].map(host => answer(host, { stdout: "up 3 days\n" }));
    const other = answer("web1", { end: { kind: "exited", code: 3 }, stdout: "a\n\nb\n", stderr: "oops\n" });
    expect(printAnswers([...same, other])).toBe(
      "cloud[1-2,12] (3 hosts): exit 0\n  up 3 days\nweb1: exit 3\n  a\n  \n  b\n  stderr: oops\n",
    );
  });

  it("does not fold hosts that ended differently with equal output", () => {
    const printed = printAnswers([answer("web1"), answer("web2", { end: { kind: "exited", code: 1 } })]);
    expect(printed).toBe("web1: exit 0\nweb2: exit 1\n");
  });

  it("says what to do about a host that cannot be reached", () => {
    const end = {
      kind: "unreachable",
      cause: "refused",
      reason: "connection refused",
      hint: "is sshd up?",
    } as const;
    expect(printAnswers([answer("web1", { end })])).toBe(
      "web1: unreachable: connection refused\n  next: is sshd up?\n",
    );
  });
});

describe("totalLine", () => {
  it("names the bad hosts and those that were not asked", () => {
    const results = [answer("web1"), answer("web2", { end: { kind: "cancelled" } })];
    expect(totalLine(results, ["web3", "web4"])).toBe(
      "4 hosts: 1 ok, 1 failed (web2), 2 not asked (web[3-4])\n",
    );
    expect(totalLine([answer("web1")], [])).toBe("1 host: 1 ok\n");
  });
});

describe("answersToJson", () => {
  it("has each host by itself", () => {
    const object = answersToJson(["uptime"], [answer("web1", { stdout: "up\n" })], ["web2"]);
    expect(object).toMatchObject({
      version: 1,
      command: ["uptime"],
      hosts: [{ host: "web1", ok: true, end: { kind: "exited", code: 0 }, stdout: "up\n", stderr: "" }],
      notAsked: ["web2"],
    });
  });
});

describe("describeEnd", () => {
  it.each<[CommandEnd, string]>([
    [{ kind: "exited", code: 3 }, "exit 3"],
    [{ kind: "signalled", signal: "SIGKILL" }, "killed by SIGKILL"],
    [{ kind: "timed-out", after: 90_000 }, "killed after 1m 30s, its deadline"],
    [{ kind: "cancelled" }, "given up"],
    [{ kind: "lost", reason: "reset" }, "connection lost, whether it ended is unknown: reset"],
    [{ kind: "not-permitted", reason: "sudo wants a password" }, "not permitted: sudo wants a password"],
    [{ kind: "unreachable", cause: "timeout", reason: "no answer in 10s" }, "unreachable: no answer in 10s"],
  ])("%j is %s", (end, words) => {
    expect(describeEnd(end)).toBe(words);
  });
});
