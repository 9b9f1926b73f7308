import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcOptions, type SmcResult } from "../helpers/smc.ts";

/** Two hosts that are both this machine, so that commands run for real. */
const services = `
smc: 1
default: local
deployments:
  local:
    site: localhost
    transport: local
    machines:
      here1: {dc: DC0, vpn: 127.0.0.1}
      here2: {dc: DC0, vpn: 127.0.0.2}
`;

function run(line: string, options: SmcOptions = {}): Promise<SmcResult> {
  return smc(line, { files: { "conf/services.yaml": services }, ...options });
}

describe("smc run", () => {
  it("runs the command on each host and folds equal answers", async () => {
    const { code, out, err } = await run("run --on here[1-2] -- echo hello");
    expect(err).toBe("2 hosts: 2 ok\n");
    expect(out).toBe("here[1-2] (2 hosts): exit 0\n  hello\n");
    expect(code).toBe(ExitCode.Done);
  });

  it("keeps several words apart and gives a single one to the shell", async () => {
    expect((await run("run --on here1 -- printf '%s|' 'a b' '$HOME'")).out).toContain("  a b|$HOME|");
    expect((await run("run --on here1 -- 'echo a | tr a b'")).out).toContain("  b\n");
  });

  it("exits 1 and names the bad hosts when the command fails", async () => {
    const { code, out, err } = await run("run --on here1 -- 'echo no >&2; exit 3'");
    expect(code).toBe(ExitCode.Failed);
    expect(out).toBe("here1: exit 3\n  stderr: no\n");
    expect(err).toBe("1 host: 0 ok, 1 failed (here1)\n");
  });

  it("ends a command at its deadline", async () => {
    const { code, out } = await run("run --on here1 --timeout 0.2 -- sleep 60");
    expect(code).toBe(ExitCode.Failed);
    expect(out).toContain("killed after 200ms, its deadline");
  });

  it("stops at the first failure with --rolling, and goes on with --keep-going", async () => {
    expect((await run("run --on here[1-2] --rolling -- false")).err).toBe(
      "2 hosts: 0 ok, 1 failed (here1), 1 not asked (here2)\n",
    );
    expect((await run("run --on here[1-2] --rolling --keep-going -- false")).err).toBe(
      "2 hosts: 0 ok, 2 failed (here[1-2])\n",
    );
  });

  it("gives scripts one object", async () => {
    const { code, out, err } = await run("run --on here1 --json -- echo hello");
    expect({ code, err }).toEqual({ code: ExitCode.Done, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      command: ["echo", "hello"],
      hosts: [{ host: "here1", ok: true, stdout: "hello\n" }],
      notAsked: [],
    });
  });

  it("asks before it runs on all hosts, and runs nothing after a no", async () => {
    const refused = await run("run -- touch done", { terminal: true, answers: ["n"] });
    expect(refused.code).toBe(ExitCode.Refused);
    expect(refused.questions[0]).toContain("run touch done on all 2 hosts of local?");
    expect((await run("run -- echo hello")).code).toBe(ExitCode.Usage);
    expect((await run("run --yes -- echo hello")).out).toContain("here[1-2] (2 hosts): exit 0");
  });

  it("only says what it would do with --dry-run", async () => {
    const { code, out } = await run("run --on here[1-2] -n -- 'exit 1'");
    expect({ code, out }).toEqual({ code: ExitCode.Done, out: "would run 'exit 1' on here[1-2]\n" });
  });

  it.each([
    ["run", "there is no command to run"],
    ["run --on nowhere -- uptime", "nowhere"],
  ])("%s: exit 2", async (line, message) => {
    const { code, err } = await run(line);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(message);
  });
});
