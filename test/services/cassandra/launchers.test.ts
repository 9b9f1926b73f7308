import { execFileSync } from "node:child_process";
import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { FIRST_BOOT_OPTIONS, IGNORE_REPLAY_ERRORS } from "../../../src/cassandra/first-boot.ts";
import { nodeLauncher } from "../../../src/services/cassandra/launchers.ts";
import { nodePlaces } from "../../../src/services/cassandra/places.ts";
import { nodeContext } from "../../helpers/cassandra-node.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";

let folder = "";

beforeEach(async () => {
  folder = await makeFolder();
  onTestFinished(() => removeFolder(folder));
  for (const name of ["lib", "commitlog"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "lib/jamm-1.jar"), "");
});

/** What the node is started with. */
function words(): string[] {
  const places = { ...nodePlaces(nodeContext()), config: folder, software: folder, data: folder };
  return execFileSync("sh", ["-c", nodeLauncher(places, "echo")], { encoding: "utf8" })
    .trim()
    .split(" ");
}

it("starts a node with the options of its first boot as long as they are there", async () => {
  const later = words();
  expect(later.slice(0, 3)).toEqual([`-javaagent:${folder}/lib/jamm-1.jar`, `@${folder}/jvm.options`, "-cp"]);
  await writeFile(join(folder, FIRST_BOOT_OPTIONS), "-Dx=y\n");
  expect(words()).toEqual([...later.slice(0, 2), `@${folder}/${FIRST_BOOT_OPTIONS}`, ...later.slice(2)]);
});

it("lets a node read over errors in its commit log until it has read what was there before", async () => {
  const later = words();
  const options = join(folder, FIRST_BOOT_OPTIONS);
  await writeFile(options, `${IGNORE_REPLAY_ERRORS}\n`);
  const segment = join(folder, "commitlog/CommitLog-7-1.log");
  await writeFile(segment, "");
  await utimes(segment, 1000, 1000);
  expect(words()).toContain(`@${options}`);
  const { mtimeMs } = await stat(options);
  await utimes(segment, mtimeMs / 1000 + 1, mtimeMs / 1000 + 1);
  expect(words()).toEqual(later);
  await utimes(segment, 1000, 1000);
  expect(words()).toEqual(later);
});
