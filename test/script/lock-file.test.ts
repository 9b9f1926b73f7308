import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  optionalDependencies?: Record<string, string>;
  resolved?: string;
}

const LOCK_FILE = new URL("../../package-lock.json", import.meta.url);
const { packages } = JSON.parse(readFileSync(LOCK_FILE, "utf8")) as {
  packages: Record<string, LockedPackage>;
};

describe("package-lock.json", () => {
  // A registry that lacks the package of another platform makes npm leave it out, and `npm ci` refuse the lock file.
  it("has an entry for every optional dependency, also of other platforms", () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        name => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("names no registry", () => {
    const resolved = Object.keys(packages).filter(path => packages[path]?.resolved !== undefined);
    expect(resolved).toEqual([]);
  });
});
