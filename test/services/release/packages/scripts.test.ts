import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { COMMAND_VARIABLE } from "../../../../src/base/shell.ts";
import {
  backScript,
  fetchedScript,
  fetchScript,
  idleScript,
  isBackScript,
  isKeptScript,
  keepScript,
  upgradedScript,
  upgradeScript,
} from "../../../../src/services/release/packages/change-scripts.ts";
import {
  parseChanges,
  parseInstalled,
  parseKept,
  parseSystem,
} from "../../../../src/services/release/packages/look.ts";
import {
  goTogetherScript,
  installedScript,
  lookScript,
  simulateScript,
  type PackageWish,
} from "../../../../src/services/release/packages/look-scripts.ts";
import type { PackageChange, SeenChanges } from "../../../../src/services/release/packages/model.ts";
import { killMarkedCommand, newCommandMark } from "../../../../src/transport/stray-processes.ts";
import { aptSandbox, hasApt, type AptSandbox } from "../../../helpers/apt-sandbox.ts";

const TINY = { name: "tiny", version: "1.0", control: "Depends: tiny-common (>= 1.0)" };
const NEW_TINY = { name: "tiny", version: "1:2.0", control: "Depends: tiny-common (>= 2.0), tiny-extra" };
const COMMON = { name: "tiny-common", version: "1.0" };
const NEW_COMMON = { name: "tiny-common", version: "2.0" };
const EXTRA = { name: "tiny-extra", version: "1" };
const ALL: PackageWish = { kind: "all" };

const REFRESHED = lookScript({ refresh: true, patience: 1000 });

let apt: AptSandbox;

describe.skipIf(!hasApt)("the packages of a host", () => {
  beforeEach(async () => {
    apt = await aptSandbox();
    apt.offer(TINY, COMMON);
    apt.must("apt-get", "-qq", "-y", "install", "tiny");
  });

  const simulate = (wish: PackageWish = ALL): SeenChanges => {
    const { code, stdout, stderr } = apt.run(simulateScript(wish));
    expect([code, stderr]).toEqual([0, ""]);
    return parseChanges(stdout);
  };
  const script = (argv: readonly string[]) => {
    const { code, stdout, stderr } = apt.run(argv);
    return { code, said: stdout + stderr };
  };
  const ok = (argv: readonly string[]): void => {
    const { code, said } = script(argv);
    expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
  };
  const named = (changes: readonly PackageChange[]): string[] =>
    changes.map(({ name, from, to, automatic, before }) => [name, from, to, automatic, before].join(" "));

  it("are refreshed and looked at, and nothing changes", () => {
    apt.must("apt-mark", "hold", "tiny-common");
    const { stdout } = apt.run(REFRESHED);
    expect(parseSystem(stdout)).toMatchObject({
      system: expect.stringMatching(/^\w+ \w+ \w+$/),
      held: ["tiny-common"],
      unfinished: [],
      reboot: { required: false, running: expect.stringMatching(/^\d/) },
    });
    expect(parseInstalled(apt.must(...installedScript()))).toMatchObject({
      versions: new Map([["tiny", "1.0"]]),
    });
  });

  it.each(["lists/lock", "../dpkg/lock-frontend"])(
    "tell who has %s, when that is waited for in vain",
    async lock => {
      const holder = await hold(lock);
      const { code, stderr } = apt.run(REFRESHED);
      holder.kill();
      expect([code, stderr]).toEqual([1, expect.stringMatching(/\/lock\S*\. It is held by process \d+/)]);
    },
  );

  it("are said to fail to refresh where a repository does not answer, which apt itself calls a success", () => {
    const refused = "http://127.0.0.1:1/";
    writeFileSync(join(apt.root, "etc/apt/sources.list"), `deb [trusted=yes] ${refused} ./\n`);
    expect(script(["apt-get", "-qq", "update"]).code).toBe(0);
    expect(script(REFRESHED)).toMatchObject({ code: 1, said: expect.stringContaining(refused) });
  });

  it("say what would be upgraded, what would come along, and where the version before can be had", () => {
    expect(simulate().changes).toEqual([]);
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    expect(named(simulate().changes).toSorted()).toEqual([
      "tiny 1.0 1:2.0 false file",
      "tiny-common 1.0 2.0 true file",
      "tiny-extra  1 true ",
    ]);
    apt.must("apt-get", "clean");
    expect(named(simulate().changes)).toContain("tiny 1.0 1:2.0 false repository");
    apt.offerOnly(NEW_TINY, NEW_COMMON, EXTRA);
    expect(named(simulate().changes)).toContain("tiny 1.0 1:2.0 false ");
  });

  it("leave held ones alone, by whatever words", () => {
    apt.offer(NEW_COMMON);
    apt.must("apt-mark", "hold", "tiny-common");
    expect(simulate()).toMatchObject({ changes: [], keptBack: ["tiny-common"] });
    expect(simulate({ kind: "only", names: ["tiny-common"] }).changes).toEqual([]);
    expect(simulate({ kind: "pinned", pins: ["tiny-common=2.0"] }).changes).toEqual([]);
  });

  it("are chosen by name, those that are not there left alone", () => {
    apt.offer({ ...TINY, version: "1.1" }, NEW_COMMON, { name: "absent", version: "1" });
    expect(named(simulate({ kind: "only", names: ["tiny-common", "absent", "nobody"] }).changes)).toEqual([
      "tiny-common 1.0 2.0 true file",
    ]);
    expect(simulate({ kind: "only", names: ["absent"] })).toMatchObject({ changes: [], absent: ["absent"] });
    apt.must("apt-get", "-qq", "-y", "install", "tiny-common");
    expect(simulate({ kind: "only", names: ["tiny-common"] }).changes).toEqual([]);
  });

  it("are named where they are asked for and not there", () => {
    expect(simulate({ kind: "only", names: ["tiny", "nobody"] }).absent).toEqual(["nobody"]);
    expect(simulate({ kind: "pinned", pins: ["absent=3"] }).absent).toEqual([]);
  });

  it("are asked beforehand whether those that can be put back go with those that stay new", () => {
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    const { changes } = simulate();
    const lost = (name: string) =>
      changes.map(change => (change.name === name ? { ...change, before: undefined } : change));
    const ask = (of: readonly PackageChange[]) => script(goTogetherScript(of) ?? []);
    expect(ask(changes)).toMatchObject({ code: 0 });
    expect(ask(lost("tiny"))).toEqual({
      code: 1,
      said: expect.stringContaining("tiny : Depends: tiny-common (>= 2.0) but 1.0 is to be installed"),
    });
    expect(ask(lost("tiny-common"))).toMatchObject({ code: 0 });
    expect(goTogetherScript(changes.filter(({ name }) => name !== "tiny-extra"))).toBeUndefined();
  });

  it("are read past what others say in the middle of it", () => {
    apt.offer(NEW_COMMON);
    const hook = join(apt.root, "etc/apt/apt.conf.d/hook");
    writeFileSync(hook, 'AptCli::Hooks::Upgrade { "echo Buy this!"; };\n');
    expect(apt.run(["apt-get", "--simulate", "upgrade"]).stdout).toContain("Buy this!");
    expect(named(simulate().changes)).toEqual(["tiny-common 1.0 2.0 true file"]);
  });

  it("are pinned to versions, however much newer ones there are", () => {
    apt.offer({ ...TINY, version: "1.1" }, { ...TINY, version: "1.2" }, NEW_COMMON);
    const seen = simulate({ kind: "pinned", pins: ["tiny=1.1", "tiny-common=1.0", "absent=3"] });
    expect(named(seen.changes)).toEqual(["tiny 1.0 1.1 false file"]);
    expect(simulate({ kind: "pinned", pins: ["tiny=1.3", "tiny-common=0.9"] })).toMatchObject({
      changes: [],
      missing: ["tiny 1.3"],
      newer: ["tiny-common 1.0"],
    });
  });

  it("say what apt would remove", () => {
    apt.offer({ name: "rude", version: "1" });
    apt.must("apt-get", "-qq", "-y", "install", "rude");
    apt.offer({ name: "rude", version: "2", control: "Conflicts: tiny" });
    expect(simulate()).toMatchObject({ changes: [], removed: [], keptBack: ["rude"] });
    expect(simulate({ kind: "only", names: ["rude"] })).toMatchObject({ removed: ["tiny"] });
  });

  it("are brought, installed as planned, and put back, and nobody has asked for more than before", () => {
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    const { changes } = simulate();
    expect(script(fetchedScript(changes)).code).toBe(1);
    ok(fetchScript(changes));
    ok(fetchedScript(changes));
    expect(script(isKeptScript(changes)).code).toBe(1);
    ok(keepScript(changes));
    ok(isKeptScript(changes));
    expect(apt.installed()).toEqual(["tiny 1.0", "tiny-common 1.0"]);
    expect(script(upgradedScript(changes))).toEqual({
      code: 1,
      said: expect.stringContaining("tiny:all=1:2.0 is not there"),
    });
    ok(upgradeScript(changes));
    ok(upgradedScript(changes));
    expect(apt.installed()).toEqual(["tiny 1:2.0", "tiny-common 2.0", "tiny-extra 1"]);
    expect(apt.must("apt-mark", "showauto").split("\n")).toEqual(["tiny-common", "tiny-extra", ""]);
    expect(script(isBackScript(changes)).code).toBe(1);
    apt.offerOnly(NEW_TINY, NEW_COMMON, EXTRA);
    ok(backScript(changes));
    ok(isBackScript(changes));
    expect(apt.installed()).toEqual(["tiny 1.0", "tiny-common 1.0", "tiny-extra 1"]);
    expect(apt.must("apt-mark", "showauto").split("\n")).toEqual(["tiny-common", "tiny-extra", ""]);
  });

  it("keep the version before from a repository where no file of it lies there, and no older ones than that", () => {
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    apt.must("apt-get", "clean");
    const { changes } = simulate();
    ok(keepScript(changes));
    expect(kept()).toEqual(["tiny-common_1.0_all.deb", "tiny_1.0_all.deb"]);
    ok(keepScript(changes.filter(({ name }) => name === "tiny")));
    expect(kept()).toEqual(["tiny_1.0_all.deb"]);
  });

  it("are seen to have a way back by what a release kept, as long as they are newer, and not held", () => {
    const kept = (): string[] =>
      named(parseKept(apt.must(...simulateScript({ kind: "kept" }))).changes).toSorted();
    expect(kept()).toEqual([]);
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    const { changes } = simulate();
    ok(keepScript(changes));
    ok(fetchScript(changes));
    expect(kept()).toEqual([]);
    ok(fetchScript(changes));
    ok(upgradeScript(changes));
    expect(kept()).toEqual(["tiny 1.0 1:2.0 false file", "tiny-common 1.0 2.0 true file"]);
    apt.must("apt-mark", "hold", "tiny-common");
    expect(kept()).toEqual(["tiny 1.0 1:2.0 false file"]);
  });

  it("do not change when apt would change more by now than the plan has", () => {
    apt.offer(NEW_TINY, NEW_COMMON, EXTRA);
    const { changes } = simulate();
    const some = changes.filter(({ name }) => name !== "tiny-extra");
    ok(fetchScript(changes));
    for (const argv of [fetchScript(some), upgradeScript(some)])
      expect(script(argv)).toEqual({
        code: 1,
        said: expect.stringMatching(/not in the plan: tiny-extra 1$/m),
      });
    expect(apt.installed()).toEqual(["tiny 1.0", "tiny-common 1.0"]);
  });

  it("are those that were brought, also where another version is offered by then", () => {
    apt.offer({ ...TINY, version: "1.1" });
    const { changes } = simulate();
    ok(fetchScript(changes));
    apt.offerOnly({ ...TINY, version: "1.2" }, COMMON);
    apt.must("apt-get", "clean");
    ok(fetchedScript(changes));
    ok(upgradeScript(changes));
    expect(apt.installed()).toEqual(["tiny 1.1", "tiny-common 1.0"]);
    // And these are what a later release goes back to, though nobody offers them.
    const later = simulate().changes;
    expect(named(later)).toEqual(["tiny 1.1 1.2 false file"]);
    ok(keepScript(later));
    ok(fetchScript(later));
    ok(upgradeScript(later));
    ok(backScript(later));
    expect(apt.installed()).toEqual(["tiny 1.1", "tiny-common 1.0"]);
  });

  it("are kept whole: a file that was cut off is got anew", () => {
    apt.offer({ ...TINY, version: "1.1" });
    const { changes } = simulate();
    ok(keepScript(changes));
    for (const file of ["lib/smc/packages/tiny_1.0_all.deb", "cache/apt/archives/tiny_1.0_all.deb"])
      truncateSync(join(apt.root, "var", file), statSync(join(apt.root, "var", file)).size - 20);
    ok(keepScript(changes));
    ok(fetchScript(changes));
    ok(upgradeScript(changes));
    ok(backScript(changes));
    expect(apt.installed()).toEqual(["tiny 1.0", "tiny-common 1.0"]);
  });

  it("go from one architecture to all of them, and back", () => {
    const architecture = apt.must("dpkg", "--print-architecture").trim();
    apt.offer({ name: "program", version: "1", architecture });
    apt.must("apt-get", "-qq", "-y", "install", "program");
    apt.offer({ name: "program", version: "2" });
    const { changes } = simulate();
    expect(changes).toMatchObject([{ architecture: "all", was: architecture, before: "file" }]);
    ok(keepScript(changes));
    ok(fetchScript(changes));
    ok(upgradeScript(changes));
    expect(apt.installed()).toContain("program 2");
    ok(backScript(changes));
    ok(isBackScript(changes));
    expect(apt.installed()).toContain("program 1");
  });

  /** As a host runs a command with a deadline for smc. */
  const begun = (argv: readonly string[], mark: string) =>
    spawn("timeout", ["-s", "KILL", "60", ...argv], {
      env: { ...process.env, ...apt.env, [COMMAND_VARIABLE]: mark },
      stdio: "ignore",
      detached: true,
    });

  it("are set up to their end though what began that is killed, and nobody comes between", async () => {
    const [mark, begin, go] = [newCommandMark(), join(apt.root, "begun"), join(apt.root, "go")];
    apt.offer({
      ...TINY,
      version: "2",
      postinst: `touch ${begin}; while [ ! -e ${go} ]; do sleep 0.05; done`,
    });
    const { changes } = simulate();
    ok(fetchScript(changes));
    const command = begun(upgradeScript(changes), mark);
    const ended = once(command, "exit");
    await vi.waitFor(() => expect(existsSync(begin)).toBe(true), { timeout: 20_000, interval: 20 });
    // At its deadline GNU timeout kills its child and its group; then smc kills what carries the mark.
    process.kill(-(command.pid ?? 0), "SIGKILL");
    apt.run(killMarkedCommand(mark));
    await ended;
    expect(script(idleScript()).code).toBe(1);
    writeFileSync(go, "");
    await vi.waitFor(() => ok(idleScript()), { timeout: 20_000, interval: 50 });
    expect(apt.installed()).toEqual(["tiny 2", "tiny-common 1.0"]);
    ok(upgradedScript(changes));
  });

  it("are not idle while an apt that smc began still waits for somebody else", async () => {
    apt.offer({ ...TINY, version: "2" });
    const { changes } = simulate();
    ok(fetchScript(changes));
    const holder = await hold("../dpkg/lock-frontend");
    const mark = newCommandMark();
    const command = begun(upgradeScript(changes), mark);
    const ended = once(command, "exit");
    const lock = join(apt.root, "var/lib/smc/packages/lock");
    await vi.waitFor(() => expect(apt.run(["flock", "--nonblock", lock, "true"]).code).toBe(1), {
      timeout: 20_000,
      interval: 20,
    });
    apt.run(killMarkedCommand(mark));
    await ended;
    expect(script(idleScript())).toEqual({
      code: 1,
      said: expect.stringContaining("what smc itself began there has not come to its end"),
    });
    holder.kill();
    await vi.waitFor(() => ok(idleScript()), { timeout: 20_000, interval: 50 });
    expect(apt.installed()).toEqual(["tiny 2", "tiny-common 1.0"]);
  });

  it("go back from a package that cannot be set up", () => {
    apt.offer({ ...TINY, version: "3", postinst: "echo no luck >&2; exit 1" });
    const { changes } = simulate();
    ok(keepScript(changes));
    ok(fetchScript(changes));
    expect(script(upgradeScript(changes))).toMatchObject({
      code: 1,
      said: expect.stringContaining("no luck"),
    });
    expect(apt.installed()).toEqual(["tiny-common 1.0"]);
    expect(
      parseSystem(apt.run(lookScript({ refresh: false, patience: 1000 })).stdout).unfinished.join(),
    ).toContain("tiny");
    ok(backScript(changes));
    expect(apt.installed()).toEqual(["tiny 1.0", "tiny-common 1.0"]);
  });

  it("are not said to be installed where dpkg is told elsewhere to leave them", () => {
    apt.offer(NEW_COMMON);
    const { changes } = simulate();
    ok(fetchScript(changes));
    const nothing = join(apt.root, "etc/apt/apt.conf.d/nothing");
    writeFileSync(nothing, 'DPkg::Options { "--no-act"; };\n');
    expect(script(upgradeScript(changes))).toEqual({
      code: 1,
      said: expect.stringContaining("tiny-common:all=2.0 is not there"),
    });
  });

  it("are idle when nobody changes them, and say who does else", async () => {
    ok(idleScript());
    const holder = await hold("../dpkg/lock-frontend");
    const { code, said } = script(idleScript());
    holder.kill();
    expect([code, said]).toEqual([1, expect.stringContaining(`held by process ${holder.pid} (`)]);
  });

  const kept = (): string[] =>
    readdirSync(join(apt.root, "var/lib/smc/packages"))
      .filter(name => name.endsWith(".deb"))
      .toSorted();

  /** Somebody who holds a lock of apt, below its folder of state. */
  async function hold(lock: string) {
    const path = join(apt.root, "var/lib/apt", lock);
    const code = `import fcntl,sys,time
f=open(sys.argv[1],"w"); fcntl.lockf(f,fcntl.LOCK_EX); print("held",flush=True); time.sleep(60)`;
    const holder = spawn("python3", ["-c", code, path], { stdio: ["ignore", "pipe", "ignore"] });
    await once(holder.stdout, "data");
    return holder;
  }
});
