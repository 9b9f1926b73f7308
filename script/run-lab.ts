import { spawn } from "node:child_process";
import { once } from "node:events";
import { formatDuration } from "../src/base/units.ts";
import { blackhole, cut, fill, heal } from "../test/lab/harness/faults.ts";
import { hostNamed, openLab, removeLab, removeOrphans, startLab, type Lab } from "../test/lab/harness/lab.ts";
import { labLayout, type HostLayout } from "../test/lab/harness/layout.ts";
import { boot, isRunning, kill } from "../test/lab/harness/machine.ts";
import { provide } from "./tiers/requirements.ts";
import { LAB_REQUIREMENTS } from "./tiers/tiers.ts";

/** The lab that a person plays with; those of the tests have the numbers above. */
const NUMBER = 0;

const USAGE = `script/lab up [N]          start N hosts (4), lab1 to labN
script/lab down            remove the lab, and what dead test runs left
script/lab status          the hosts, and whether they run
script/lab ssh HOST [...]  log in as root, or run a command
script/lab cut HOST        pull its network cable
script/lab blackhole HOST  drop all its packets
script/lab fill HOST       take all space of its disk
script/lab heal HOST       undo cut, blackhole and fill
script/lab kill HOST       end it as a power cut does
script/lab boot HOST       boot it again`;

const ON_HOST: Record<string, (host: HostLayout, lab: Lab) => Promise<unknown>> = {
  cut,
  blackhole,
  fill,
  heal,
  kill: host => kill(host.machine),
  boot: (host, lab) => boot(host, lab.baseImage),
};

process.exitCode = await main(process.argv.slice(2));

async function main([verb = "", ...words]: string[]): Promise<number> {
  if (verb === "up") return up(Number(words[0] ?? 4));
  if (verb === "down") return down();
  const action = ON_HOST[verb];
  if (action === undefined && verb !== "status" && verb !== "ssh") return complain(USAGE, 2);
  const lab = openLab(NUMBER);
  if (lab === undefined) return complain("there is no lab; start one: script/lab up", 1);
  if (verb === "status") return status(lab);
  const host = hostNamed(lab, words[0] ?? "");
  if (action === undefined) return logIn(lab, host, words.slice(1));
  await action(host, lab);
  return 0;
}

async function up(count: number): Promise<number> {
  if (!Number.isInteger(count) || count < 1 || count > 100) return complain(USAGE, 2);
  const obstacle = process.getuid?.() === 0 ? provide(LAB_REQUIREMENTS) : "a lab needs root";
  if (obstacle !== undefined) return complain(obstacle, 1);
  const startedAt = performance.now();
  const hosts = Array.from({ length: count }, (_, index) => `lab${index + 1}`);
  const lab = await startLab({ hosts, owned: false, number: NUMBER });
  await status(lab);
  console.log(`up in ${formatDuration(performance.now() - startedAt)}; ssh -F ${lab.ssh.config} ${hosts[0]}`);
  return 0;
}

async function down(): Promise<number> {
  await removeLab(labLayout(NUMBER));
  const orphans = await removeOrphans();
  if (orphans.length > 0) console.log(`also removed what dead runs left: ${orphans.join(", ")}`);
  return 0;
}

async function status(lab: Lab): Promise<number> {
  for (const host of lab.hosts) {
    console.log(`${host.name}\t${host.address}\t${(await isRunning(host)) ? "running" : "down"}`);
  }
  return 0;
}

async function logIn(lab: Lab, host: HostLayout, argv: readonly string[]): Promise<number> {
  const child = spawn("ssh", ["-F", lab.ssh.config, host.name, ...argv], { stdio: "inherit" });
  await once(child, "exit");
  return child.exitCode ?? 1;
}

function complain(text: string, exitCode: number): number {
  console.error(text);
  return exitCode;
}
