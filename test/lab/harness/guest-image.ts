import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { smc } from "../../helpers/smc.ts";
import { provideCached } from "./base-image.ts";

const RECIPE = {
  release: "bookworm",
  size: "2GB",
  // What smc prepare, the VPN, the firewall and the services of the tests need: the hosts of a lab reach no mirror.
  packages: [
    "ca-certificates",
    "procps",
    "rsync",
    "systemd-timesyncd",
    "tinc",
    "nftables",
    "iputils-ping",
    "nginx-light",
    "openjdk-17-jre-headless",
  ],
  files: { "/etc/motd": "a guest of the lab\n" },
  commands: [
    // Within a translated guest it takes a minute.
    "systemctl disable nginx.service",
    "systemctl disable apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service",
  ],
  checks: ["test -s /etc/motd", "cloud-init --version"],
};
/** What is made of a recipe depends on these too. */
const BUILDERS = ["build-image.ts", "planners/image-build.ts"];
const BUILT = "built";

/** Gives the folder of the base image of a small guest, named as smc names images. smc itself builds it, once, in a minute and a half. */
export async function provideGuestImage(): Promise<string> {
  const machines = join(import.meta.dirname, "../../../src/machines");
  const sources = await Promise.all(BUILDERS.map(path => readFile(join(machines, path), "utf8")));
  const cached = await provideCached("guest", [JSON.stringify(RECIPE), ...sources], build);
  const [name = ""] = await readdir(join(cached, BUILT));
  return join(cached, BUILT, name);
}

async function build(unfinished: string): Promise<void> {
  await mkdir(unfinished, { recursive: true });
  const state = join(unfinished, "state");
  const file = {
    smc: 1,
    images: { guest: RECIPE },
    deployments: { lab: { machines: { m1: { vpn: "127.0.0.1" } } } },
  };
  const { code, err } = await smc("image build guest", {
    directory: unfinished,
    files: { "conf/services.yaml": stringify(file) },
    env: { PATH: process.env["PATH"] ?? "", SMC_STATE: state },
  });
  if (code !== 0) throw new Error(`smc image build: exit ${code}\n${err}`);
  await rename(join(state, "images"), join(unfinished, BUILT));
  for (const left of ["state", "conf"]) await rm(join(unfinished, left), { recursive: true });
}
