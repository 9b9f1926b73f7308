import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../test/lab/harness/command.ts";
import { removeLab, startLab } from "../../test/lab/harness/lab.ts";
import { labSite, type LabSite } from "../../test/lab/harness/lab-site.ts";

/**
 * `smc image push` to four hosts of the lab against rsync to each of them, in turn and side by side. The link of the controller and
 * those of the hosts carry so many Mbit/s each way: script/bench image-push [MEGABYTES CONTROLLER HOST]. Half of the image are holes.
 */
const [megabytes = 96, controller = 200, host = 1000] = process.argv.slice(2).map(Number);
const HOSTS = ["m1", "m2", "m3", "m4"];
const ROUNDS = 2;

const lab = await startLab({ hosts: HOSTS, owned: true });
const site = await labSite(lab, { services: {} });
const image = join(site.directory, "bench-2026-01-02-0304");
try {
  await limit();
  await makeImage();
  const seconds = new Map<string, number[]>();
  const ways: [string, () => Promise<void>][] = [
    ["rsync, one after the other", () => inTurn()],
    ["rsync, all at once", () => atOnce()],
    ["smc image push --direct", () => push(site, "--direct")],
    ["smc image push", () => push(site)],
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, work] of ways) {
      await forget();
      const began = performance.now();
      await work();
      seconds.set(way, [...(seconds.get(way) ?? []), (performance.now() - began) / 1000]);
    }
  }
  report(seconds);
} finally {
  await removeLab(lab.layout);
  await site.close();
}

/** What the controller sends leaves by the bridge itself; what hosts send to each other does not pass there. */
async function limit(): Promise<void> {
  const rate = (mbit: number): string[] => [
    "tbf",
    "rate",
    `${mbit}mbit`,
    "burst",
    "256kb",
    "latency",
    "50ms",
  ];
  await run(["tc", "qdisc", "add", "dev", lab.layout.bridge, "root", ...rate(controller)]);
  for (const { cable, machine } of lab.hosts) {
    await run(["tc", "qdisc", "add", "dev", cable, "root", ...rate(host)]);
    await run(["ip", "netns", "exec", machine, "tc", "qdisc", "add", "dev", "eth0", "root", ...rate(host)]);
  }
}

async function makeImage(): Promise<void> {
  await mkdir(image);
  const half = (megabytes * 1024 ** 2) / 2;
  await writeFile(join(image, "root.img"), randomBytes(half));
  await run([
    "sh",
    "-ec",
    'cd "$1"; truncate -s "$2" root.img; echo k >vmlinuz; echo i >initrd.img',
    "sh",
    image,
    String(2 * half),
  ]);
  await run(["sh", "-ec", 'cd "$1"; sha256sum root.img vmlinuz initrd.img >SHA256SUMS', "sh", image]);
}

async function forget(): Promise<void> {
  for (const { name } of lab.hosts)
    await onHost(name, "rm -rf /var/lib/smc/images; mkdir -p /var/lib/smc/images");
}

async function onHost(name: string, script: string): Promise<void> {
  await run(["ssh", "-F", lab.ssh.config, "-l", "root", name, script]);
}

/** What somebody types who has no smc. */
async function send(name: string): Promise<void> {
  const to = `root@${name}:/var/lib/smc/images/bench/`;
  await run(["rsync", "--archive", "--sparse", "--rsh", `ssh -F ${lab.ssh.config}`, `${image}/`, to], {
    timeout: 600_000,
  });
}

async function inTurn(): Promise<void> {
  for (const name of HOSTS) await send(name);
}

async function atOnce(): Promise<void> {
  await Promise.all(HOSTS.map(send));
}

async function push(to: LabSite, words = ""): Promise<void> {
  const { code, err } = await to.smc(`image push ${image} ${HOSTS.join(" ")} ${words}`);
  if (code !== 0) throw new Error(err);
  await rm(join(site.directory, "state"), { recursive: true, force: true });
}

function report(seconds: ReadonlyMap<string, readonly number[]>): void {
  const best = new Map([...seconds].map(([way, all]) => [way, Math.min(...all)]));
  const ours = best.get("smc image push") ?? Number.NaN;
  console.log(
    `${megabytes} MB, half of it holes, to 4 hosts; controller ${controller} Mbit/s, hosts ${host} Mbit/s; best of ${ROUNDS}`,
  );
  for (const [way, time] of best)
    console.log(
      `${way.padEnd(28)} ${time.toFixed(1).padStart(6)} s   smc / this = ${(ours / time).toFixed(2)}`,
    );
}
