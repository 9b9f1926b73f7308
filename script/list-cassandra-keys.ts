#!/usr/bin/env node
/**
 * Writes src/cassandra/yaml-keys.json: every key that cassandra.yaml may have, with the first and the last release
 * series that accept it. They are read from the classes themselves: the public fields of
 * `org.apache.cassandra.config.Config` and the old names in their `@Replaces` annotations (4.1 and later).
 * Needs `mvn` and `javap`. Run it when a release series comes out.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";

const RELEASES = ["2.1.22", "2.2.19", "3.11.17", "4.0.17", "4.1.10", "5.0.6"];
const CONFIG_CLASS = "org.apache.cassandra.config.Config";

interface Keys {
  fields: readonly string[];
  /** Old name → new name. */
  renamed: ReadonlyMap<string, string>;
}

interface KeyRow {
  /** Release series, `4.1`. */
  first: string;
  last: string;
  newName: string | undefined;
}

writeKeys(RELEASES.map(version => ({ series: seriesOf(version), keys: keysOf(version) })));

function writeKeys(releases: readonly { series: string; keys: Keys }[]): void {
  const rows: Record<string, KeyRow> = {};
  for (const { series, keys } of releases) {
    for (const name of [...keys.fields, ...keys.renamed.keys()]) {
      const newName = keys.renamed.get(name);
      rows[name] = { first: rows[name]?.first ?? series, last: series, newName };
    }
  }
  const lines = Object.keys(rows)
    .toSorted()
    .map(name => `    "${name}": "${describeRow(rows[name])}"`);
  const series = releases.map(release => `"${release.series}"`).join(", ");
  writeFileSync(
    "src/cassandra/yaml-keys.json",
    `{\n  "series": [${series}],\n  "keys": {\n${lines.join(",\n")}\n  }\n}\n`,
  );
}

/** `2.1..3.11`, and the new name where the key only stands for another one. */
function describeRow(row: KeyRow | undefined): string {
  if (row === undefined) return "";
  return `${row.first}..${row.last}${row.newName === undefined ? "" : ` ${row.newName}`}`;
}

function keysOf(version: string): Keys {
  const artefact = `org.apache.cassandra:cassandra-all:${version}`;
  execFileSync("mvn", ["-q", "-B", "dependency:get", `-Dartifact=${artefact}`, "-Dtransitive=false"]);
  const folder = `${homedir()}/.m2/repository/org/apache/cassandra/cassandra-all/${version}`;
  const jar = `${folder}/cassandra-all-${version}.jar`;
  const listing = execFileSync("javap", ["-v", "-p", "-cp", jar, CONFIG_CLASS], { encoding: "utf8" });
  return readListing(listing);
}

/** Reads the fields in the output of `javap -v`: a declaration, its flags, and perhaps its annotations. */
function readListing(listing: string): Keys {
  const fields: string[] = [];
  const renamed = new Map<string, string>();
  for (const block of listing.split("\n\n")) {
    const name = /^ {2}public (?!static)(?:volatile )?[^(]*?(\w+);$/m.exec(block)?.[1];
    if (name === undefined) continue;
    fields.push(name);
    for (const [, oldName] of block.matchAll(/oldName="(\w+)"/g)) {
      if (oldName !== undefined && oldName !== name) renamed.set(oldName, name);
    }
  }
  return { fields, renamed };
}

function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
