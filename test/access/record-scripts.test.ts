import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { planSecrets } from "../../src/access/plan-secrets.ts";
import { localTarget } from "../helpers/make-plan.ts";
import { step } from "../helpers/plan.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { attempt, type CommandOutcome } from "../lab/harness/command.ts";

const [NEW, OLD, FOREIGN] = ["new\n", "old\n", "of somebody else\n"] as const;
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, "key");
  await mkdir(join(folder, "secrets"));
});

const record = (): Promise<string> => readFile(join(folder, "secrets/storm"), "utf8");
const written = (words: string): Promise<void> =>
  writeFile(join(folder, "secrets/storm"), `${words} ${path}\n`);
const content = (): Promise<string> => readFile(path, "utf8").catch(() => "gone");

/** Carries out here what a step would do on a host. */
function carryOut(what: "announce" | "seal" | "remove" | "removed", adopt = false): Promise<CommandOutcome> {
  const owner = userInfo().username;
  const plan = planSecrets({
    command: ["secrets", "apply"],
    deployment: "storm",
    targets: [localTarget("web1")],
    parallel: 1,
    administrator: undefined,
    now: new Date(0),
    timeout: undefined,
    adopt,
    secrets: [{ name: "keys/backup", path, owner, mode: 0o600, hosts: ["web1"] }],
    deliveries: [
      { host: "web1", path, secret: "keys/backup", state: "missing", detail: "" },
      { host: "web1", path, secret: undefined, state: "unneeded", detail: "" },
    ],
  });
  const remove = step(plan, `remove ${path} from web1`);
  const { action } = what.startsWith("remove") ? remove : step(plan, `${what} ${path} on web1`);
  const work = what === "removed" ? remove.done : action;
  if (work === undefined || !("argv" in work)) throw new Error(`${what} is no command`);
  const argv = work.argv.map(word => word.replaceAll("/var/lib/smc/secrets", join(folder, "secrets")));
  return attempt(argv, what === "announce" ? { input: NEW } : {});
}

describe("what smc writes down on a host before it brings a secret", () => {
  it("is what will be there, and afterwards what is there", async () => {
    expect(await carryOut("announce")).toMatchObject({ code: 0, stderr: "" });
    expect(await record()).toBe(`pending:${hashOf(NEW)} ${path}\n`);
    await writeFile(path, NEW);
    expect(await carryOut("announce")).toMatchObject({ code: 0 });
    expect(await carryOut("seal")).toMatchObject({ code: 0 });
    expect(await record()).toBe(`${hashOf(NEW)} ${path}\n`);
  });

  it("includes what it had brought before", async () => {
    await written(hashOf(OLD));
    await writeFile(path, OLD);
    for (let attempts = 0; attempts < 2; attempts += 1) {
      expect(await carryOut("announce")).toMatchObject({ code: 0 });
      expect(await record()).toBe(`pending:${hashOf(NEW)}:${hashOf(OLD)} ${path}\n`);
    }
  });

  it.each(["nothing written down", `pending:${hashOf(NEW)}`])(
    "is nothing where somebody else's file is: %s",
    async words => {
      if (words.startsWith("pending")) await written(words);
      const before = await record().catch(() => "");
      await writeFile(path, FOREIGN);
      const { code, stderr } = await carryOut("announce");
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${path} is there, and smc did not`)]);
      expect(await record()).toBe(before);
      expect(await carryOut("announce", true)).toMatchObject({ code: 0 });
      expect(await record()).toBe(`pending:${hashOf(NEW)} ${path}\n`);
    },
  );

  it("is nothing where a file of somebody else has the very content, or is a link", async () => {
    await writeFile(path, NEW);
    expect(await carryOut("announce")).toMatchObject({ code: 1 });
    path = join(folder, "link");
    await symlink(join(folder, "nowhere"), path);
    expect(await carryOut("announce")).toMatchObject({ code: 1 });
  });

  it("may be what another deployment brought, if that is the same", async () => {
    await writeFile(join(folder, "secrets/cloud"), `${hashOf(NEW)} ${path}\n`);
    await writeFile(path, FOREIGN);
    expect(await carryOut("announce")).toMatchObject({ code: 1 });
    await writeFile(path, NEW);
    expect(await carryOut("announce")).toMatchObject({ code: 0 });
  });
});

describe("what smc removes from a host", () => {
  it.each([
    [hashOf(NEW), NEW],
    [`pending:${hashOf(NEW)}`, NEW],
    [`pending:${hashOf(NEW)}:${hashOf(OLD)}`, NEW],
    [`pending:${hashOf(NEW)}:${hashOf(OLD)}`, OLD],
  ])("is what it brought: %s", async (words, text) => {
    await written(words);
    await writeFile(path, text);
    expect(await carryOut("removed")).toMatchObject({ code: 1 });
    expect(await carryOut("remove")).toMatchObject({ code: 0 });
    expect([await content(), await record()]).toEqual(["gone", ""]);
    expect(await carryOut("removed")).toMatchObject({ code: 0 });
  });

  it.each([hashOf(NEW), "pending", `pending:${hashOf(NEW)}`, `pending:${hashOf(NEW)}:${hashOf(OLD)}`])(
    "is nothing that somebody else put there: %s",
    async words => {
      await written(words);
      await writeFile(path, FOREIGN);
      const { code, stderr } = await carryOut("remove");
      expect([code, stderr]).toEqual([1, `${path} is not as smc brought it: it stays\n`]);
      expect([await content(), await record()]).toEqual([FOREIGN, `${words} ${path}\n`]);
    },
  );

  it("is the line alone where another deployment brought the file too", async () => {
    await written(hashOf(NEW));
    await writeFile(path, NEW);
    await writeFile(join(folder, "secrets/cloud"), `${hashOf(NEW)} ${path}\n`);
    await writeFile(join(folder, "secrets/storm.new"), `${hashOf(NEW)} ${path}\n`);
    expect(await carryOut("removed")).toMatchObject({ code: 1 });
    expect(await carryOut("remove")).toMatchObject({ code: 0 });
    expect([await content(), await record()]).toEqual([NEW, ""]);
    expect(await carryOut("removed")).toMatchObject({ code: 0 });
  });
});
