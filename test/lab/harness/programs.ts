import { cp, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const EXAMPLES = ["hub", "snap", "shared"];
/** What the examples import, with what that needs itself. */
const LIBRARIES = ["cassandra-driver", "adm-zip", "long", "p-retry", "is-network-error"];

/** A new folder with the example programs and their libraries, as a site would push it. Gives its path. */
export async function stagePrograms(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "smc-lab-programs-"));
  await mkdir(join(folder, "node_modules"));
  const copies = [
    ...EXAMPLES.map(name => [join(ROOT, "examples", name), join(folder, name)] as const),
    ...LIBRARIES.map(name => [join(ROOT, "node_modules", name), join(folder, "node_modules", name)] as const),
  ];
  await Promise.all(copies.map(([from, to]) => cp(from, to, { recursive: true })));
  return folder;
}
