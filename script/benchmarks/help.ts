import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Start-up of `smc --help` against bare Node: from the sources, and from the bundle as an installed package has it.
 * The three run in turn, so that a busy machine slows all of them alike. Prints medians in milliseconds.
 */
const ROUNDS = Number(process.argv[2] ?? 60);
const ALLOWED = 40;

const packed = mkdtempSync(join(tmpdir(), "smc-packed-"));
try {
  execFileSync("script/build", { stdio: "inherit" });
  for (const part of ["bin", "dist", "package.json"]) cpSync(part, join(packed, part), { recursive: true });
  symlinkSync(resolve("node_modules"), join(packed, "node_modules"));
  const help = (bin: string) => [process.execPath, bin, "--help"];
  const contenders = {
    bare: [process.execPath, "-e", "0"],
    bundle: help(join(packed, "bin/smc")),
    source: help("bin/smc"),
    shell: [join(packed, "bin/smc"), "--help"],
  };
  const medians = measure(contenders);
  const difference = (medians["bundle"] ?? 0) - (medians["bare"] ?? 0);
  for (const [name, median] of Object.entries(medians))
    console.log(`${name.padEnd(8)} ${median.toFixed(1)} ms`);
  console.log(`smc --help is bare Node + ${difference.toFixed(1)} ms; at most ${ALLOWED} allowed`);
  process.exitCode = difference <= ALLOWED ? 0 : 1;
} finally {
  rmSync(packed, { recursive: true });
}

/** Milliseconds by contender: the median of many rounds, the first of which warms the compile cache and does not count. */
function measure(contenders: Record<string, readonly string[]>): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, [file = "", ...words]] of Object.entries(contenders)) {
      const start = performance.now();
      const { status } = spawnSync(file, words, { stdio: "ignore" });
      if (status !== 0) throw new Error(`${name} ended with ${status}`);
      if (round > 0) (times[name] ??= []).push(performance.now() - start);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
