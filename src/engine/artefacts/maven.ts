import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../state/make-folder.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { runTool } from "./tool.ts";

/** The first download of a hundred jars on a slow line; later ones come from Maven's own cache. */
const TIMEOUT: Milliseconds = 15 * 60_000;
const COORDINATES = /^([\w.-]+):([\w.-]+):([\w.-]+)$/;

/**
 * Puts a Maven artefact and everything that it needs to run into `folder/lib`, by Maven itself: its settings, mirrors
 * and cache are those of the user. Throws an OperatorError when it cannot.
 */
export async function copyFromMaven(coordinates: string, folder: string): Promise<void> {
  const project = join(folder, ".project");
  await makeFolder(project);
  await writeFile(join(project, "pom.xml"), projectFor(coordinates));
  await runTool({
    argv: [
      "mvn",
      "--quiet",
      "--batch-mode",
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${join(folder, "tree", "lib")}`,
    ],
    directory: project,
    timeout: TIMEOUT,
    purpose: `get ${coordinates} from Maven`,
    whenMissing:
      "apt-get install maven, or give the service a source: {tarball: …, sha512: …} or {folder: …}",
  });
}

/** A project that has the artefact as its only dependency. */
function projectFor(coordinates: string): string {
  const match = COORDINATES.exec(coordinates);
  if (match === null) {
    throw new OperatorError(`${coordinates} are no Maven coordinates`, {
      code: "ARTEFACT_SOURCE",
      hint: "they are group:artifact:version, such as org.apache.cassandra:cassandra-all:5.0.6",
    });
  }
  const [, group, artifact, version] = match;
  const dependency = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    "  <modelVersion>4.0.0</modelVersion>",
    "  <groupId>smc</groupId><artifactId>artefact</artifactId><version>1</version>",
    `  <dependencies><dependency>${dependency}</dependency></dependencies>`,
    "</project>",
    "",
  ].join("\n");
}
