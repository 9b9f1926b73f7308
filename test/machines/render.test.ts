import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { disksOf } from "../../src/machines/disks.ts";
import { type Accelerator, renderDomain } from "../../src/machines/domain.ts";
import { macOf, uuidOf } from "../../src/machines/identity.ts";
import { renderSeed, type SeedFiles } from "../../src/machines/seed.ts";
import { stormDeployment, vmNamed } from "./vms.ts";

describe("the domain of a VM", () => {
  it("is the one that libvirt 9.0 took in the lab", async () => {
    await expect(renderDomain(vmNamed("web1"), "kvm").xml).toMatchFileSnapshot("golden/web1.xml");
  });

  it("is known again by a hash that follows from all of it", () => {
    const vm = vmNamed("db1");
    const { xml, definition } = renderDomain(vm, "kvm");
    expect(xml).toContain(`definition="${definition}"`);
    expect(renderDomain(vm, "qemu").definition).not.toBe(definition);
    const larger = vmNamed(
      "db1",
      stormDeployment(file => file.replace("ram: 4GB", "ram: 5GB")),
    );
    expect(renderDomain(larger, "kvm").definition).not.toBe(definition);
  });

  it("names an accelerator, and the processor of the hardware only where that runs it", () => {
    expect(renderDomain(vmNamed("db1"), "qemu").xml).toMatch(/^<domain type="qemu">/);
    expect(renderDomain(vmNamed("db1"), "qemu").xml).not.toContain("host-passthrough");
  });

  it("has a kernel that begins anew when it gave up, and does not give up for a timer that translation made late", () => {
    const lineOf = (accelerator: Accelerator) =>
      /<cmdline>(.*)<\/cmdline>/.exec(renderDomain(vmNamed("db1"), accelerator).xml)?.[1];
    expect(lineOf("kvm")).toBe("root=LABEL=root ro console=ttyS0 net.ifnames=0 panic=60");
    expect(lineOf("qemu")).toBe(`${lineOf("kvm")} no_timer_check`);
  });
});

describe("the identity of a VM", () => {
  it("is always the same for its name in its deployment, and another for every other", () => {
    const db1 = { deployment: "storm", name: "db1" };
    expect(macOf(db1)).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(uuidOf(db1)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    const others = [{ deployment: "cloud", name: "db1" }, { deployment: "storm", name: "db2" }, { ...db1 }];
    expect(others.map(other => uuidOf(other) === uuidOf(db1))).toEqual([false, false, true]);
    expect(others.map(other => macOf(other) === macOf(db1))).toEqual([false, false, true]);
  });
});

describe("the persistent disks of a VM", () => {
  it("come in the order of the services file, a device of the machine as it is", () => {
    expect(disksOf(vmNamed("web1"))).toEqual([
      {
        name: "snap",
        path: "/var/lib/smc/disks/web1/snap.img",
        type: "file",
        format: "raw",
        fs: "xfs",
        size: 16 * 1024 ** 3,
        target: "vdc",
      },
      {
        name: "raw",
        path: "/dev/sdb1",
        type: "block",
        format: "raw",
        fs: "ext4",
        size: undefined,
        target: "vdd",
      },
    ]);
  });

  it.each([
    ["{cassandra: 8GB}", "{has-a-name-too-long: 8GB}", "cannot be the label"],
    ["{cassandra: 8GB}", "{thirteen-long: {size: 8GB, fs: xfs}}", "at most 12"],
    ["{cassandra: 8GB}", "{cassandra: {fs: ext4}}", "neither a size nor a device"],
  ])("are refused: %s as %s", (is, wrong, why) => {
    const vm = vmNamed(
      "db1",
      stormDeployment(file => file.replace(is, wrong)),
    );
    expect(() => disksOf(vm)).toThrow(why);
  });
});

describe("what a VM is told at its boot", () => {
  const text = (files: SeedFiles, name: keyof SeedFiles): string =>
    files[name].map(part => (typeof part === "string" ? part : "KEY")).join("");

  it("has its account, its host key as a secret in its place, and its disks by their labels", () => {
    const files = renderSeed(vmNamed("web1"));
    expect(files["user-data"].filter(part => typeof part !== "string")).toEqual([
      { secret: "vm/web1/ssh_host_ed25519_key.b64" },
    ]);
    expect(text(files, "user-data")).toMatch(/^#cloud-config\n/);
    expect(parse(text(files, "user-data"))).toMatchObject({
      hostname: "web1",
      users: [
        {
          name: "salvus",
          lock_passwd: true,
          ssh_authorized_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 operator"],
        },
      ],
      ssh_pwauth: false,
      ssh_deletekeys: false,
      write_files: [
        { path: "/etc/ssh/ssh_host_ed25519_key", permissions: "0600", encoding: "b64", content: "KEY" },
      ],
      mounts: [
        ["LABEL=snap", "/mnt/snap", "xfs", "defaults,nofail,x-systemd.growfs", "0", "2"],
        ["LABEL=raw", "/mnt/raw", "ext4", "defaults,nofail,x-systemd.growfs", "0", "2"],
      ],
    });
  });

  it("has its address, and its machine as the way out, though that is in another network", () => {
    expect(parse(text(renderSeed(vmNamed("db2")), "network-config"))).toEqual({
      version: 2,
      ethernets: {
        eth0: {
          match: { macaddress: macOf({ deployment: "storm", name: "db2" }) },
          "set-name": "eth0",
          dhcp4: false,
          addresses: ["10.2.2.2/24"],
          routes: [{ to: "0.0.0.0/0", via: "10.1.2.1", "on-link": true }],
        },
      },
    });
  });

  it("has another instance id as soon as anything of it changes, so that the VM takes it up", () => {
    const idOf = (change?: (file: string) => string): unknown =>
      parse(text(renderSeed(vmNamed("db1", stormDeployment(change))), "meta-data"));
    expect(idOf()).toEqual(idOf());
    expect(idOf(file => file.replace("operator", "another"))).not.toEqual(idOf());
    expect(idOf(file => file.replaceAll("10.2.{n}.2", "10.3.{n}.2"))).not.toEqual(idOf());
  });

  it("is refused for an address that is none", () => {
    const named = stormDeployment(file => file.replace("vpn: 10.2.1.3", "vpn: web1.example"));
    expect(() => renderSeed(vmNamed("web1", named))).toThrow('"web1.example" is no IPv4 address');
  });
});
