import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { usesNothingReplaced } from "../../../../src/services/release/packages/uses-script.ts";

const GROUPS = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup"].find(path =>
  existsSync(join(path, "cgroup.procs")),
);
const UNIT = `smc-test-uses@${process.pid}.service`;
const PROGRAM = `/usr/local/bin/smc-test-${process.pid}`;

/** Starts a program of its own in a control group as systemd would make one. */
async function startUnit(): Promise<void> {
  const group = join(GROUPS ?? "", UNIT);
  mkdirSync(group);
  copyFileSync("/bin/sleep", PROGRAM);
  const child = spawn(PROGRAM, ["60"], { stdio: "ignore" });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
    rmSync(PROGRAM, { force: true });
    await vi.waitFor(() => rmdirSync(group), { timeout: 5000 });
  });
  writeFileSync(join(group, "cgroup.procs"), String(child.pid));
}

function ask(unit: string, ifStopped = false): { needless: boolean; said: string } {
  const [program = "", ...words] = usesNothingReplaced(unit, { ifStopped });
  const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
  return { needless: status === 0, said: stdout.trim() };
}

describe.skipIf(process.getuid?.() !== 0 || GROUPS === undefined)("a unit", () => {
  it("uses a file that was replaced since it started, or does not", async () => {
    await startUnit();
    expect(ask(UNIT)).toEqual({ needless: true, said: `${UNIT} uses nothing that was replaced` });
    const next = `${PROGRAM}.new`;
    copyFileSync("/bin/sleep", next);
    expect(spawnSync("mv", [next, PROGRAM]).status).toBe(0);
    expect(ask(UNIT)).toEqual({ needless: false, said: `${UNIT} uses ${PROGRAM} as it was before` });
    for (const other of [UNIT.replace(".", "x"), UNIT.slice(0, -1)])
      expect(ask(other).said).toBe(`${other} does not run`);
  });

  it("that does not run is to be restarted, or left, as is asked", () => {
    expect(ask("smc-nobody.service")).toEqual({ needless: false, said: "smc-nobody.service does not run" });
    expect(ask("smc-nobody.service", true).needless).toBe(true);
  });
});
