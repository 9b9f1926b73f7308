import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { setCommand } from "../../src/access/accounts.ts";
import { planPasswords } from "../../src/access/plan-passwords.ts";
import { localTarget } from "../helpers/make-plan.ts";
import { step } from "../helpers/plan.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { attempt, type CommandOutcome } from "../lab/harness/command.ts";

/** A shadow file of one account, by a file that holds its hash. */
const PROGRAMS = {
  getent: '#!/bin/sh\nprintf "%s:%s:1\\n" "$2" "$(cat "$FAKE/hash")"\n',
  chpasswd: `#!/usr/bin/perl
my $line = <STDIN>; chomp $line; my ($account, $password) = split /:/, $line, 2;
open(my $file, ">", "$ENV{FAKE}/hash"); print $file crypt($password, q($6$salt$)); close $file;
`,
};

let folder = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  for (const [name, text] of Object.entries(PROGRAMS))
    await writeFile(join(folder, "bin", name), text, { mode: 0o755 });
});

const hash = (): Promise<string> => readFile(join(folder, "hash"), "utf8");

async function setPassword(before: string, unlock = false): Promise<CommandOutcome> {
  await writeFile(join(folder, "hash"), before);
  const path = [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter);
  return attempt(["env", `PATH=${path}`, `FAKE=${folder}`, ...setCommand("salvus", { unlock })], {
    input: "the new one\n",
  });
}

describe("the setting of a password", () => {
  it("gives the account another hash", async () => {
    expect(await setPassword("$6$salt$old")).toMatchObject({ code: 0, stderr: "" });
    expect(await hash()).toMatch(/^\$6\$salt\$.{20}/);
  });

  it.each(["!", "*", "!*", "!!", "!$6$salt$old"])(
    "leaves an account locked that turns out to be so, unless that was asked for: %s",
    async before => {
      expect(await setPassword(before)).toEqual({
        code: 1,
        stdout: "",
        stderr: "no password opens salvus; --unlock gives it one\n",
      });
      expect(await hash()).toBe(before);
      expect(await setPassword(before, true)).toMatchObject({ code: 0 });
      expect(await hash()).toMatch(/^\$6\$salt\$.{20}/);
    },
  );
});

describe("the new password in place of the old one", () => {
  const keep = async (locked: readonly string[]): Promise<void> => {
    const plan = planPasswords({
      command: ["passwords", "rotate"],
      deployment: "storm",
      targets: [],
      parallel: 1,
      administrator: undefined,
      now: new Date(0),
      timeout: undefined,
      changing: [],
      changed: [],
      complete: ["salvus"],
      locked,
      unlock: false,
      here: localTarget("here"),
      secretsFolder: folder,
    });
    const { action } = step(plan, "keep the new password of salvus");
    if (action.kind !== "run") throw new Error("no command");
    expect(await attempt(action.argv)).toMatchObject({ code: 0, stderr: "" });
  };
  const files = async (): Promise<Record<string, string>> => {
    const names = await readdir(join(folder, "accounts"));
    const pairs = names.map(async name => [name, await readFile(join(folder, "accounts", name), "utf8")]);
    return Object.fromEntries(await Promise.all(pairs)) as Record<string, string>;
  };
  const write = (name: string, text: string) => writeFile(join(folder, "accounts", name), text);

  beforeEach(() => mkdir(join(folder, "accounts")));

  it("leaves the old one behind only where a locked account may have it", async () => {
    await write("salvus", "1");
    await write("salvus.new", "2");
    await keep([]);
    expect(await files()).toEqual({ salvus: "2" });
    await write("salvus.new", "3");
    await keep(["salvus"]);
    expect(await files()).toEqual({ salvus: "3", "salvus.old": "2" });
  });

  it("never loses one that was left behind", async () => {
    await write("salvus", "1");
    for (const next of ["2", "3", "4"]) {
      await write("salvus.new", next);
      await keep(["salvus"]);
      await keep(["salvus"]);
    }
    expect(await files()).toEqual({
      salvus: "4",
      "salvus.old": "1",
      "salvus.old2": "2",
      "salvus.old3": "3",
    });
  });
});
