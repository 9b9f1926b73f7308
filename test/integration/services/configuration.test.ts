import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { runWords } from "./real-program.ts";

const GOLDEN = join(import.meta.dirname, "../../services/golden");

/** Puts a golden file into a folder of its own, what is of another machine exchanged for what is here. */
async function localCopy(name: string, exchange: readonly (readonly [RegExp, string])[]): Promise<string> {
  const folder = await temporaryFolder();
  const original = await readFile(join(GOLDEN, name), "utf8");
  const text = exchange.reduce((text, [from, to]) => text.replaceAll(from, to), original);
  const path = join(folder, name);
  await writeFile(path, text.replaceAll("FOLDER", folder));
  return path;
}

describe("the real programs accept the golden files", () => {
  it.each(["haproxy-cloud.cfg", "haproxy-project.cfg"])("haproxy: %s", async name => {
    const path = await localCopy(name, [[/ user (salvus|haproxy)$/gm, " user root"]]);
    expect(await runWords(["haproxy", "-c", "-f", path])).toMatchObject({
      code: 0,
      output: expect.stringContaining("Configuration file is valid"),
    });
  });

  it.each(["nginx-cloud.conf", "nginx-project.conf"])("nginx: %s", async name => {
    const path = await localCopy(name, [
      [/^user salvus;/gm, "user root;"],
      [/listen [\d.]+:/g, "listen 127.0.0.1:"],
      [/\/run\/smc\/cloud\/nginx|\/state\/cloud\/run\/nginx@localhost/g, "FOLDER"],
    ]);
    expect(await runWords(["nginx", "-t", "-c", path])).toMatchObject({ code: 0 });
  });

  it("systemd: hub.service", async () => {
    const path = await localCopy("hub.service", [
      [/"\/home\/salvus\/salvus\/hub"/g, '"/bin/true"'],
      [/^WorkingDirectory=.*$/gm, "WorkingDirectory=/"],
    ]);
    expect(await runWords(["systemd-analyze", "verify", path])).toEqual({ code: 0, output: "" });
  });
});
