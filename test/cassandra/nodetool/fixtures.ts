import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The output of one command of one release line, `4.1-status-down.txt`. */
export interface Fixture {
  /** `4.1-status-down` */
  name: string;
  release: string;
  command: string;
  text: string;
}

const FOLDER = join(import.meta.dirname, "fixtures");

/** Every fixture, in the order of their names. */
export const fixtures: readonly Fixture[] = readdirSync(FOLDER)
  .filter(file => file.endsWith(".txt"))
  .toSorted()
  .map(file => {
    const name = file.slice(0, -".txt".length);
    const [release = "", command = ""] = name.split("-");
    return { name, release, command, text: readFileSync(join(FOLDER, file), "utf8") };
  });

/** The text of one fixture. */
export function fixture(name: string): string {
  const found = fixtures.find(one => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.text;
}
