import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FIRST_BOOT_OPTIONS } from "../../../src/cassandra/first-boot.ts";
import { nodeLauncher } from "../../../src/services/cassandra/launchers.ts";
import { nodePlaces } from "../../../src/services/cassandra/places.ts";
import { nodeContext } from "../../helpers/cassandra-node.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";

it("starts a node with the options of its first boot as long as they are there", async () => {
  const folder = await makeFolder();
  onTestFinished(() => removeFolder(folder));
  await mkdir(join(folder, "lib"));
  await writeFile(join(folder, "lib/jamm-1.jar"), "");
  const places = { ...nodePlaces(nodeContext()), config: folder, software: folder };
  const words = (): string[] =>
    execFileSync("sh", ["-c", nodeLauncher(places, "echo")], { encoding: "utf8" })
      .trim()
      .split(" ");
  const later = words();
  expect(later.slice(0, 3)).toEqual([`-javaagent:${folder}/lib/jamm-1.jar`, `@${folder}/jvm.options`, "-cp"]);
  await writeFile(join(folder, FIRST_BOOT_OPTIONS), "-Dx=y\n");
  expect(words()).toEqual([...later.slice(0, 2), `@${folder}/${FIRST_BOOT_OPTIONS}`, ...later.slice(2)]);
});
