import { execFileSync } from "node:child_process";
import { hasSshd, type LocalSshd, startLocalSshd } from "../../test/helpers/local-sshd.ts";
import type { Measured } from "./fan-out/run.ts";

/**
 * `true` on 100 and 300 hosts, one real sshd on as many loopback addresses: `smc run`, and its transport alone, against a bare
 * ssh2 loop. Each run is a process of its own; they take turns, and who starts alternates. Prints medians, and the median
 * of the rounds' ratios.
 */
const [rounds = "5", ...counts] = process.argv.slice(2);
const HOSTS = counts.length === 0 ? [100, 300] : counts.map(Number);
const ALLOWED = { cpu: 1.2, wall: 1.05 };

const CONTENDERS = ["bare-loop", "transport", "smc-run"] as const;
type Contender = (typeof CONTENDERS)[number];

if (hasSshd) await compareAll();
else {
  console.error("fan-out needs OpenSSH's server (openssh-server on Debian)");
  process.exitCode = 1;
}

async function compareAll(): Promise<void> {
  const sshd = await startLocalSshd();
  try {
    for (const hosts of HOSTS) if (!compare(sshd, hosts)) process.exitCode = 1;
  } finally {
    await sshd.close();
  }
}

function compare(sshd: LocalSshd, hosts: number): boolean {
  const results: Record<Contender, Measured[]> = { "bare-loop": [], transport: [], "smc-run": [] };
  for (let round = 0; round < Number(rounds); round++) {
    const order = round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed();
    for (const contender of order) results[contender].push(runOnce(contender, sshd, hosts));
  }
  for (const [contender, measured] of Object.entries(results))
    console.log(
      `${String(hosts).padStart(4)} hosts  ${contender.padEnd(10)} ${medianOf(measured, "cpu").toFixed(2)} ms CPU a host, ${medianOf(measured, "wall").toFixed(0)} ms in all`,
    );
  const ours = ["transport", "smc-run"] as const;
  const judged = ours.flatMap(contender =>
    (["cpu", "wall"] as const).map(figure => judge(results, contender, figure)),
  );
  return judged.every(good => good);
}

function judge(
  results: Record<Contender, Measured[]>,
  contender: Contender,
  figure: keyof Measured,
): boolean {
  const ratios = results[contender].map(
    (ours, round) => ours[figure] / (results["bare-loop"][round]?.[figure] ?? NaN),
  );
  const ratio = median(ratios);
  const good = ratio <= ALLOWED[figure];
  console.log(
    `            ${contender} ${figure} ratio ${ratio.toFixed(2)}, at most ${ALLOWED[figure]}: ${good ? "good" : "too much"}`,
  );
  return good;
}

function runOnce(contender: Contender, sshd: LocalSshd, hosts: number): Measured {
  const words = [String(hosts), String(sshd.port), sshd.user, sshd.keyFile, sshd.configFile];
  const printed = execFileSync(process.execPath, [`script/benchmarks/fan-out/${contender}.ts`, ...words], {
    encoding: "utf8",
  });
  return JSON.parse(printed) as Measured;
}

function medianOf(measured: readonly Measured[], figure: keyof Measured): number {
  return median(measured.map(one => one[figure]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
