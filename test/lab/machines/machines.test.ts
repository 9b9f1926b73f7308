import { once } from "node:events";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { run } from "../harness/command.ts";
import { expectSmc } from "../harness/expect-smc.ts";
import { provideGuestImage } from "../harness/guest-image.ts";
import { hostNamed, overSsh, removeLab, startLab } from "../harness/lab.ts";
import { labSite } from "../harness/lab-site.ts";
import { boot, kill, runInside } from "../harness/machine.ts";
import { smallCassandra } from "../harness/small-site.ts";
import { routeToVms, vpnAddress } from "../harness/vm-network.ts";
import { waitUntil } from "../harness/wait-until.ts";

const MINUTES = 60_000;

const guest = await provideGuestImage();
const IMAGE = basename(guest);
const LATER = "guest-2099-01-01-0000";
const lab = await startLab({ hosts: ["m1", "m2"], owned: true, kind: "machine" });
const m1 = hostNamed(lab, "m1");
const machineOf = { v1: "m1", v2: "m2" } as const;
type VmName = keyof typeof machineOf;
const VMS = ["v1", "v2"] as const;
const addressOf = { v1: vpnAddress(lab, 61), v2: vpnAddress(lab, 62) };
const key = (await readFile(`${lab.ssh.privateKey}.pub`, "utf8")).trim();
const services = {
  waiter: { at: "v1", command: ["sleep", "100000"] },
  nginx: { at: "v2" },
  haproxy: { at: "m1", redirect_http: false, insecure_testing_port: 8001 },
};
const site = await labSite(lab, {
  services,
  machine: ({ address }, index) => ({ vpn: vpnAddress(lab, 11 + index), public: address, dc: "DC0" }),
  deployment: {
    timeouts: { ready: "20m" },
    // A guest that is translated takes its time to log somebody in.
    ssh: { connect_timeout: "20s" },
    vpn: { kind: "tinc", netmask: "255.255.255.0", mesh: "machines" },
    vms: {
      v1: { ...vm("v1"), vcpus: 2, ram: "1500MB", disks: { data: "1GB" } },
      v2: { ...vm("v2"), vcpus: 1, ram: "512MB", disks: { data: "64MB" } },
    },
  },
});

function vm(name: VmName) {
  return {
    at: machineOf[name],
    vpn: addressOf[name],
    dc: "DC0",
    image: { newest: "guest-*" },
    network: { prefix: 8 },
    authorized_keys: [key],
  };
}

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

const smc = (line: string, code = 0) => expectSmc(site, line, code);

/** Logs in as ssh itself would, with the keys that it knows and no others. */
async function on(vm: VmName, command: string): Promise<string> {
  const argv = ["ssh", "-F", lab.ssh.config, "-l", "salvus", "-o", "ConnectTimeout=20"];
  return (await run([...argv, addressOf[vm], command])).trim();
}

const onMachine = (command: string, host = "m1") => overSsh(lab, { host, argv: [command] });

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

/** The image of the guest under the name that a later build would have. */
async function provideLaterImage(): Promise<void> {
  const folder = join(site.directory, "state/images", LATER);
  await run(["cp", "--archive", "--sparse=always", guest, folder], { timeout: 5 * MINUTES });
  const note = join(folder, "image.json");
  await writeFile(note, (await readFile(note, "utf8")).replace(IMAGE, LATER));
  const files = ["root.img", "vmlinuz", "initrd.img", "packages.txt", "image.json"];
  const sums = await run(["sh", "-c", 'cd "$1" && shift && sha256sum "$@"', "sh", folder, ...files], {
    timeout: 5 * MINUTES,
  });
  await writeFile(join(folder, "SHA256SUMS"), sums);
}

/** Runs smc as a process of its own, and kills it when it has just started that VM. */
async function killedAtBoot(vm: VmName, words: readonly string[]): Promise<void> {
  const earlier = (await site.journal())[0]?.["run"];
  const child = site.spawn(...words);
  const [said, closed] = [text(child.stderr), once(child, "close")];
  const started = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`smc ${words.join(" ")} ended: ${await said}`);
    const records = await site.journal();
    if (records[0]?.["run"] === earlier) return false;
    return records.some(({ type, step }) => type === "step-ended" && step === `start ${vm}`);
  };
  try {
    await waitUntil(started, { what: `the start of ${vm}`, timeout: 10 * MINUTES, interval: 100 });
  } finally {
    child.kill("SIGKILL");
  }
  expect(await closed).toEqual([null, "SIGKILL"]);
}

/** What haproxy on m1 answers, from nginx on v2: over the VPN, through the firewalls of both. */
async function answered(): Promise<string> {
  const script = `fetch("http://${vpnAddress(lab, 11)}:8001/alive").then(async answer => process.stdout.write(answer.status + " " + (await answer.text())))`;
  return (await runInside(m1, ["node", "-e", script])).stdout.trim();
}

/** Machines reach each other and their own VMs directly, everybody else over the machine of a VM: at once, and at any time later. */
async function allReachAll(): Promise<void> {
  expect((await smc("vpn check")).out).toMatch(
    /^4 members, 12 ways: 12 answer, 6 of them directly and 6 over a third, as neither connects to the other, /m,
  );
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
    10 * MINUTES,
  );
});

describe("a base image", () => {
  it(
    "is on a machine by its name only when all of it is, though its sending was cut off",
    async () => {
      const { err } = await smc(`image push ${guest} m1 --timeout 4s`, 1);
      expect(err).toContain("rsync did not end within");
      expect((await smc("image list")).out).toBe("no machine has an image\n");
      await smc(`image push ${guest} m1`);
      expect((await smc(`image verify ${IMAGE} m1`)).out).toContain("as made");
      expect((await smc(`image push ${guest} m1`)).err).toMatch(/^done: 0 changed/m);
      const { stdout } = await onMachine(
        `du -sBM --apparent-size /var/lib/smc/images; du -sBM /var/lib/smc/images`,
      );
      const [apparent = 0, real = 0] = [...stdout.matchAll(/^(\d+)M/gm)]
        .map(([, size]) => Number(size))
        .slice(-2);
      expect([apparent > 2000, real < 1500]).toEqual([true, true]);
    },
    10 * MINUTES,
  );
});

describe("a whole site on two machines", () => {
  it(
    "comes up by one command: image, VPN, VMs, firewall, services; reached by the host keys that smc knew beforehand",
    async () => {
      await mkdir(join(site.directory, "state/images"), { recursive: true });
      await symlink(guest, join(site.directory, "state/images", IMAGE));
      await routeToVms(lab, { m1: [addressOf.v1], m2: [addressOf.v2] });
      const { err } = await smc("up --yes");
      expect(err).toContain("known from now on by their host keys: v[1-2]");
      await allReachAll();
      await waitUntil(async () => (await answered()) === "200 alive", {
        what: "an answer of haproxy",
        timeout: MINUTES,
        interval: 500,
      });
      for (const vm of VMS) {
        expect(await on(vm, "hostname; findmnt -no SOURCE,FSTYPE /mnt/data")).toMatch(
          new RegExp(`^${vm}\\n/dev/vdc +ext4$`),
        );
        await on(vm, `echo kept by ${vm} | sudo tee /mnt/data/note && sync`);
      }
      expect(await rows()).toMatchObject({
        v1: { state: "running", image: IMAGE },
        v2: { state: "running", image: IMAGE },
      });
      await smc("firewall status");
      await smc("status");
    },
    30 * MINUTES,
  );

  it(
    "is left alone by a second one",
    async () => {
      expect((await smc("up --yes")).err).toMatch(/^done: 0 changed, \d+ unchanged/m);
      expect((await smc("image list")).out).toMatch(new RegExp(`^${IMAGE} +m\\[1-2\\] +v\\[1-2\\]$`, "m"));
      expect((await smc("image prune --keep 0 --yes")).err).toMatch(/^done: 0 changed/m);
    },
    25 * MINUTES,
  );
});

describe("VMs on real machines", () => {
  it(
    "live on while their libvirt is stopped and killed; what they are is then unknown, and nothing is destroyed",
    async () => {
      const before = [await bootOf("v1"), await bootOf("v2")];
      await onMachine(
        "systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket",
        "m2",
      );
      expect(await rows(4)).toMatchObject({ v1: { state: "running" }, v2: { state: "unknown" } });
      expect((await smc("status vm", 4)).out).toContain("unknown");
      await smc("vm destroy v2 --yes --force --with-disks --timeout 15s", 1);
      await onMachine("systemctl start libvirtd.socket libvirtd.service", "m2");
      await Promise.all(
        ["m1", "m2"].map(host => onMachine("systemctl kill --signal=KILL libvirtd.service", host)),
      );
      const running = async () => {
        const { v1, v2 } = await rows().catch(() => ({ v1: undefined, v2: undefined }));
        return v1?.state === "running" && v2?.state === "running";
      };
      await waitUntil(running, { what: "libvirt", timeout: MINUTES, interval: 1000 });
      expect([await bootOf("v1"), await bootOf("v2")]).toEqual(before);
      expect(await on("v2", "cat /mnt/data/note")).toBe("kept by v2");
    },
    10 * MINUTES,
  );

  it(
    "are restarted by smc restart vm NAME, with what runs on them, and no other is",
    async () => {
      const before = { v1: await bootOf("v1"), v2: await bootOf("v2") };
      await smc("restart vm v1");
      expect(await bootOf("v1")).not.toBe(before.v1);
      expect(await bootOf("v2")).toBe(before.v2);
      expect(await on("v1", "cat /mnt/data/note")).toBe("kept by v1");
      await smc("status waiter");
      await smc("status vm");
    },
    20 * MINUTES,
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
        on("v2", "lsblk -bno SIZE /dev/vdc; df -B1 --output=size /mnt/data | tail -1");
      const [, before = ""] = (await size()).split("\n");
      await site.write("bigger.yaml", bigger);
      await site.write("smaller.yaml", smaller);
      await smc("-f bigger.yaml vm resize v2");
      const [device, fileSystem = ""] = (await size()).split("\n");
      expect(device).toBe(String(96 * 1024 ** 2));
      expect(Number(fileSystem)).toBeGreaterThan(Number(before) * 1.3);
      expect((await smc("-f smaller.yaml vm resize v2", 1)).err).toContain("a disk is never made smaller");
      expect(await on("v2", "cat /mnt/data/note")).toBe("kept by v2");
    },
    10 * MINUTES,
  );
});

describe("another image", () => {
  it(
    "is refused a VM without which a proxy has no server",
    async () => {
      await provideLaterImage();
      const { err } = await smc(`release image ${LATER} v2 --yes`, 3);
      expect(err).toMatch(/haproxy/);
      expect((await rows()).v2?.image).toBe(IMAGE);
    },
    10 * MINUTES,
  );

  it(
    "is taken from a VM again when a smoke test says no, though smc was killed meanwhile, and the VM is what it was before",
    async () => {
      const before = await readFile(`${site.directory}/conf/services.yaml`, "utf8");
      const strict = parse(before) as { deployments: { lab: Record<string, unknown> } };
      strict.deployments.lab["smoke"] = [{ name: "never", of: "nginx", http: "/no-such-page" }];
      await site.write("strict.yaml", stringify(strict));
      await on("v2", "sudo touch /made-by-hand && sync");
      const words = ["release", "image", LATER, "v2", "--allow-loss", "--discard-files", "--yes"];
      await killedAtBoot("v2", ["-f", "strict.yaml", ...words]);
      const { err } = await smc("resume", 1);
      expect(err).toContain("never");
      expect((await rows()).v2).toMatchObject({ state: "running", image: IMAGE });
      expect(await on("v2", "ls /made-by-hand; cat /mnt/data/note")).toBe("/made-by-hand\nkept by v2");
      await allReachAll();
      expect(await answered()).toBe("200 alive");
    },
    30 * MINUTES,
  );
});

describe("VMs whose machine is gone for a while", () => {
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
        timeout: 10 * MINUTES,
        interval: 2000,
      });
      expect(await bootOf("v1")).not.toBe(before);
      expect(await on("v1", "cat /mnt/data/note")).toBe("kept by v1");
    },
    25 * MINUTES,
  );
});

describe("a database on a VM", () => {
  it(
    "is started by smc start cassandra, on its disk",
    async () => {
      await site.rewrite({
        ...services,
        cassandra: {
          ...smallCassandra,
          at: "v1",
          version: "5.0.6",
          seeds: ["v1"],
          data_dir: "/mnt/data/cassandra",
        },
      });
      await smc("prepare v1");
      const began = Date.now();
      await smc("start cassandra");
      process.stderr.write(`cassandra on a VM: ${Math.round((Date.now() - began) / 1000)} s\n`);
      await smc("status cassandra");
      expect(await on("v1", "sudo ls /mnt/data/cassandra")).toContain("commitlog");
    },
    30 * MINUTES,
  );
});
