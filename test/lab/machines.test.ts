import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "./harness/command.ts";
import { provideGuestImage } from "./harness/guest-image.ts";
import { hostNamed, overSsh, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { boot, kill } from "./harness/machine.ts";
import { waitUntil } from "./harness/wait-until.ts";

const MINUTES = 60_000;

const guest = await provideGuestImage();
const IMAGE = basename(guest);
const lab = await startLab({ hosts: ["m1"], owned: true, kind: "machine" });
const m1 = hostNamed(lab, "m1");
const addressOf = { v1: `10.213.${lab.layout.number}.61`, v2: `10.213.${lab.layout.number}.62` };
type VmName = keyof typeof addressOf;
const key = (await readFile(`${lab.ssh.privateKey}.pub`, "utf8")).trim();
const site = await labSite(lab, {
  services: { waiter: { at: "v1", command: ["sleep", "100000"] } },
  deployment: {
    timeouts: { ready: "5m" },
    vms: Object.fromEntries(
      Object.entries(addressOf).map(([name, vpn]) => [
        name,
        {
          at: "m1",
          vpn,
          vcpus: 1,
          ram: "512MB",
          image: { newest: "guest-*" },
          disks: { data: "64MB" },
          authorized_keys: [key],
        },
      ]),
    ),
  },
});

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

async function smc(line: string, code = 0): Promise<{ out: string; err: string }> {
  const result = await site.smc(line);
  expect(`exit ${result.code}`, `${line}\n${result.out}${result.err}`).toBe(`exit ${code}`);
  return result;
}

/** Logs in as ssh itself would, with the keys that it knows and no others. */
async function on(vm: VmName, command: string): Promise<string> {
  const argv = [
    "ssh",
    "-F",
    lab.ssh.config,
    "-l",
    "salvus",
    "-o",
    "ConnectTimeout=3",
    addressOf[vm],
    command,
  ];
  return (await run(argv)).trim();
}

const onMachine = (command: string) => overSsh(lab, { host: "m1", argv: [command] });

/** Another one after every boot. */
const bootOf = (vm: VmName): Promise<string> => on(vm, "cat /proc/sys/kernel/random/boot_id");

interface VmRow {
  vm: VmName;
  state: string;
  image?: string;
}

async function rows(code = 0): Promise<Record<string, VmRow>> {
  const { out } = await smc("vm list --json", code);
  return Object.fromEntries((JSON.parse(out) as { vms: VmRow[] }).vms.map(row => [row.vm, row]));
}

describe("a machine", () => {
  it(
    "is prepared, once, and what drifts afterwards is named",
    async () => {
      expect((await smc("doctor m1")).out).toMatch(/prepared +warning +lacks .*salvus in the groups/);
      await smc("prepare m1");
      expect((await smc("prepare m1")).err).toMatch(/^done: 0 changed/m);
      await onMachine("gpasswd --delete salvus kvm && chmod 700 /var/lib/smc/vms");
      const { out } = await smc("doctor m1");
      expect(out).toContain("lacks salvus in the groups libvirt and kvm, the folders of VMs");
      expect(out).toContain("smc prepare m1");
      expect((await smc("prepare m1")).err).toMatch(/^done: 2 changed/m);
      expect((await smc("doctor m1")).out).toContain("has what smc prepare gives");
    },
    MINUTES,
  );
});

describe("a base image", () => {
  it(
    "is on a machine by its name only when all of it is, though its sending was cut off",
    async () => {
      const { err } = await smc(`image push ${guest} --timeout 1s`, 1);
      expect(err).toContain("rsync did not end within");
      expect((await smc("image list")).out).toBe("no machine has an image\n");
      await smc(`image push ${guest}`);
      expect((await smc(`image verify ${IMAGE}`)).out).toContain("as made");
      expect((await smc(`image push ${guest}`)).err).toMatch(/^done: 0 changed/m);
      const { stdout } = await onMachine(
        `du -sBM --apparent-size /var/lib/smc/images; du -sBM /var/lib/smc/images`,
      );
      const [apparent = 0, real = 0] = [...stdout.matchAll(/^(\d+)M/gm)]
        .map(([, size]) => Number(size))
        .slice(-2);
      expect([apparent > 2000, real < 1200]).toEqual([true, true]);
    },
    MINUTES,
  );
});

describe("VMs on a real machine", () => {
  it(
    "are made, started and reached by the host keys that smc knew beforehand",
    async () => {
      const { err } = await smc("start vm");
      expect(err).toContain("known from now on by their host keys: v[1-2]");
      for (const vm of ["v1", "v2"] as const) {
        expect(await on(vm, "hostname; findmnt -no SOURCE,FSTYPE /mnt/data")).toMatch(
          new RegExp(`^${vm}\\n/dev/vdc +ext4$`),
        );
        await on(vm, `echo kept by ${vm} | sudo tee /mnt/data/note && sync`);
      }
      expect(await rows()).toMatchObject({
        v1: { state: "running", image: IMAGE },
        v2: { state: "running", image: IMAGE },
      });
      expect((await smc("start vm")).err).toMatch(/^done: 0 changed/m);
      expect((await smc("image list")).out).toMatch(new RegExp(`^${IMAGE} +m1 +v\\[1-2\\]$`, "m"));
      expect((await smc("image prune --keep 0 --yes")).err).toMatch(/^done: 0 changed/m);
    },
    6 * MINUTES,
  );

  it(
    "live on while their libvirt is stopped and killed; what they are is then unknown, and nothing is destroyed",
    async () => {
      const before = [await bootOf("v1"), await bootOf("v2")];
      await onMachine(
        "systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket",
      );
      expect(await rows(4)).toMatchObject({ v1: { state: "unknown" }, v2: { state: "unknown" } });
      expect((await smc("status vm", 4)).out).toContain("unknown");
      await smc("vm destroy v2 --yes --force --with-disks --timeout 15s", 1);
      await onMachine("systemctl start libvirtd.socket libvirtd.service");
      await onMachine("systemctl kill --signal=KILL libvirtd.service");
      const running = async () => (await rows()).v2?.state === "running";
      await waitUntil(running, { what: "libvirt", timeout: MINUTES, interval: 1000 });
      expect([await bootOf("v1"), await bootOf("v2")]).toEqual(before);
      expect(await on("v2", "cat /mnt/data/note")).toBe("kept by v2");
    },
    MINUTES,
  );

  it(
    "are restarted by smc restart vm NAME, with what runs on them, and no other is",
    async () => {
      await smc("start waiter");
      const before = { v1: await bootOf("v1"), v2: await bootOf("v2") };
      await smc("restart vm v1");
      expect(await bootOf("v1")).not.toBe(before.v1);
      expect(await bootOf("v2")).toBe(before.v2);
      expect(await on("v1", "cat /mnt/data/note")).toBe("kept by v1");
      await smc("status waiter");
      await smc("status vm");
    },
    4 * MINUTES,
  );

  it(
    "grow a disk under what runs, and never shrink one",
    async () => {
      const bigger = (await readFile(`${site.directory}/conf/services.yaml`, "utf8")).replaceAll(
        "64MB",
        "96MB",
      );
      const smaller = bigger.replaceAll("96MB", "32MB");
      const size = (): Promise<string> =>
        on("v1", "lsblk -bno SIZE /dev/vdc; df -B1 --output=size /mnt/data | tail -1");
      const [, before = ""] = (await size()).split("\n");
      await site.write("bigger.yaml", bigger);
      await site.write("smaller.yaml", smaller);
      await smc("-f bigger.yaml vm resize v1");
      const [device, fileSystem = ""] = (await size()).split("\n");
      expect(device).toBe(String(96 * 1024 ** 2));
      expect(Number(fileSystem)).toBeGreaterThan(Number(before) * 1.3);
      expect((await smc("-f smaller.yaml vm resize v1", 1)).err).toContain("a disk is never made smaller");
      expect(await on("v1", "cat /mnt/data/note")).toBe("kept by v1");
    },
    MINUTES,
  );

  it(
    "come back when their machine does, and a VM that was destroyed comes back with its disks and its key",
    async () => {
      const before = await bootOf("v1");
      await smc("vm destroy v2 --yes");
      expect((await rows()).v2?.state).toBe("absent");
      await kill(m1.machine);
      await boot(m1, lab.baseImage);
      await smc("start vm v2");
      expect(await on("v2", "cat /mnt/data/note")).toBe("kept by v2");
      await waitUntil(() => bootOf("v1").catch(() => undefined), {
        what: "v1 after the power cut",
        timeout: 2 * MINUTES,
        interval: 2000,
      });
      expect(await bootOf("v1")).not.toBe(before);
      expect(await on("v1", "cat /mnt/data/note")).toBe("kept by v1");
    },
    6 * MINUTES,
  );
});
