import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A Debian package that a test makes. */
export interface TestPackage {
  name: string;
  version: string;
  architecture?: string;
  /** Further fields: `Depends: other`. */
  control?: string;
  postinst?: string;
  /** Files of this machine by the path that they have in the package, `usr/bin/tool`. */
  files?: Readonly<Record<string, string>>;
}

/** Builds a package in a folder and gives its path. */
export function buildPackage(folder: string, wanted: TestPackage): string {
  const { name, version, architecture = "all", files = {} } = wanted;
  const tree = join(folder, ".build", `${name}_${version}`);
  const put = (path: string): string => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    return join(tree, path);
  };
  writeFileSync(put(`usr/share/smc-test/${name}`), `${version}\n`);
  for (const [path, from] of Object.entries(files)) copyFileSync(from, put(path));
  writeFileSync(put("DEBIAN/control"), controlOf({ ...wanted, architecture }));
  if (wanted.postinst !== undefined)
    writeFileSync(put("DEBIAN/postinst"), `#!/bin/sh\n${wanted.postinst}\n`, { mode: 0o755 });
  const file = join(folder, `${name}_${version.replaceAll(":", "%3a")}_${architecture}.deb`);
  dpkgDeb("--build", "--root-owner-group", tree, file);
  return file;
}

/** The entry of a package in the index of the folder that it lies in (deb822, as dpkg-scanpackages writes it). */
export function indexEntry(path: string): string {
  const content = readFileSync(path);
  const hash = createHash("sha256").update(content).digest("hex");
  const name = path.split("/").at(-1) ?? "";
  return `${dpkgDeb("--field", path).trimEnd()}\nFilename: ./${name}\nSize: ${content.length}\nSHA256: ${hash}\n`;
}

function controlOf({ name, version, architecture, control }: TestPackage): string {
  const fields = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: nobody <nobody@site.example>",
    "Description: for a test",
    ...(control === undefined ? [] : [control]),
  ];
  return `${fields.join("\n")}\n`;
}

function dpkgDeb(...words: readonly string[]): string {
  const argv = ["dpkg-deb", ...words];
  const [program = "", ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}
