import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { smc } from "../helpers/smc.ts";

const FILE = `smc: 1
deployments:
  here:
    transport: local
    machines: { h: { vpn: 127.0.0.1 } }
    services: { ticker: { at: h, command: "sleep 60" } }
`;
const files = { "conf/services.yaml": FILE, state: "no folder\n" };

/** Runs with a state folder that is a file. */
async function beside(line: string) {
  const { directory } = await smc("--version", { files });
  return smc(line, { directory, env: { SMC_STATE: join(directory, "state") } });
}

const ADVICE = "next: smc keeps its locks and journals there: set SMC_STATE to a folder of yours";

describe("a state folder that cannot be read", () => {
  it("leaves unknown what runs: status exits 4", async () => {
    const { code, out } = await beside("status");
    expect(code).toBe(StatusExitCode.Unreachable);
    expect(out).toMatch(/ticker.*unknown/);
    expect(out).not.toContain("stopped");
  });

  it.each(["history", "history -d here", "resume 20260101T000000-abcd", "start ticker --yes"])(
    "is named by smc %s, with what to do, and is no bug",
    async line => {
      const { code, err } = await beside(line);
      expect(err).not.toContain("bug");
      expect(err).toContain(ADVICE);
      expect(code).toBe(ExitCode.Failed);
    },
  );

  it("does not say of a run that it died where the lock cannot be read", async () => {
    const directory = (await smc("--version", { files })).directory;
    const folder = join(directory, ".local/state/smc/here");
    await mkdir(join(folder, "runs"), { recursive: true });
    await mkdir(join(folder, "lock.json"));
    await writeFile(join(folder, "runs/20260101T000000-abcd.jsonl"), "");
    const { out } = await smc("history --json", { directory });
    expect(out).toContain('"unknown"');
    expect(out).not.toContain('"died"');
  });
});
