import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { provideGuestImage } from "./harness/guest-image.ts";
import { overSsh, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";

const MINUTES = 60_000;

const guest = await provideGuestImage();
const IMAGE = basename(guest);
const lab = await startLab({ hosts: ["m1"], owned: true, kind: "machine" });
const site = await labSite(lab, {
  services: { waiter: { at: "v1", command: ["sleep", "100000"] } },
  deployment: {
    vms: {
      v1: {
        at: "m1",
        vpn: `10.213.${lab.layout.number}.61`,
        vcpus: 1,
        ram: "512MB",
        image: { newest: "guest-*" },
        disks: { data: "64MB" },
      },
    },
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

const onMachine = (command: string) => overSsh(lab, { host: "m1", argv: [command] });

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
    5 * MINUTES,
  );
});

describe("a base image", () => {
  it(
    "is on a machine by its name only when all of it is, though its sending was cut off",
    async () => {
      const { err } = await smc(`image push ${guest} m1 --timeout 2s`, 1);
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
    5 * MINUTES,
  );
});
