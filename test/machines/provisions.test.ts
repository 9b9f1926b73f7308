import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { planPrepare } from "../../src/machines/planners/prepare.ts";
import { driftScript, provisionsOf, replacedUnits } from "../../src/machines/provisions.ts";
import { parsePlan } from "../../src/plan/check.ts";
import type { Host } from "../../src/inventory/model.ts";
import { requestFor } from "../helpers/site.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { stormDeployment } from "./vms.ts";

const deployment = stormDeployment();

function host(name: string): Host {
  const found = deployment.hosts.get(name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
}

const whats = (name: string): string[] => provisionsOf(deployment, host(name)).map(({ what }) => what);

async function sh(script: string): Promise<string> {
  return (await promisify(execFile)("sh", ["-c", script])).stdout;
}

/** Makes the first of what a host is to have, its name, with the files of the host in a folder. */
async function makeName(folder: string, hosts: string): Promise<string> {
  await writeFile(join(folder, "hosts"), hosts);
  await writeFile(join(folder, "kernel"), "web1");
  const [{ make } = { make: [] }] = provisionsOf(deployment, host("web1"));
  const [program = "", ...words] = make.map(word =>
    word
      .replaceAll("/etc/hosts", join(folder, "hosts"))
      .replaceAll("/proc/sys/kernel/hostname", join(folder, "kernel"))
      .replaceAll("/etc/hostname", join(folder, "hostname")),
  );
  await promisify(execFile)(program, words);
  return readFile(join(folder, "hosts"), "utf8");
}

describe("the name of a host", () => {
  it.each(["127.0.0.1\tlocalhost", "127.0.0.1\tlocalhost\n", ""])(
    "gets a line of its own in /etc/hosts, whatever the end of that file: %j",
    async before => {
      const folder = await temporaryFolder();
      const line = `${host("web1").address}\tweb1\n`;
      const after = await makeName(folder, before);
      expect(after).toBe(`${before === "" ? "" : "127.0.0.1\tlocalhost\n"}${line}`);
      expect(await makeName(folder, after)).toBe(after);
    },
  );
});

describe("what a host is to have", () => {
  it("follows from what is on it", () => {
    expect(whats("cloud1")).toEqual([
      "the name cloud1",
      "11 packages",
      "systemd-timesyncd.service at boot",
      "libvirtd.service at boot",
      "salvus in the groups libvirt and kvm",
      "the folders of VMs",
    ]);
    expect(whats("db1")).toEqual([
      "the name db1",
      "6 packages",
      "systemd-timesyncd.service at boot",
      "the kernel settings of cassandra",
      "the limits of cassandra",
    ]);
    expect(whats("web1")).toEqual(["the name web1", "4 packages", "systemd-timesyncd.service at boot"]);
  });

  it("includes what its kernel settings are made with", () => {
    const packages = provisionsOf(deployment, host("db1")).find(({ what }) => what.endsWith(" packages"));
    expect(packages?.check).toContain("procps");
  });

  it("includes no unit of the distribution that would stand in the way of what smc runs there, and no other is touched", () => {
    const own = stormDeployment(file => `${file}      nginx: {at: "@web"}\n`);
    const units = (name: string): string[] =>
      provisionsOf(own, own.hosts.get(name) ?? host(name)).flatMap(({ what }) =>
        what.includes("since smc") ? [what] : [],
      );
    expect(units("web1")).toEqual([
      "nginx.service of the distribution stopped and off at boot, since smc runs nginx there",
    ]);
    expect(units("db1")).toEqual([]);
    expect(replacedUnits(own, own.hosts.get("web1") ?? host("web1"))).toEqual(["nginx.service"]);
    expect(replacedUnits(own, host("db1"))).toEqual([]);
  });

  it("is told in a line for each thing that is not so, and in no other", async () => {
    const thing = (what: string, check: string) => ({ what, check: ["sh", "-c", check], make: [] });
    const script = driftScript([
      thing("what is there", "echo noise; echo noise >&2"),
      thing("it's `not` $there", "exit 3"),
      thing("a missing program", "no-such-program"),
    ]);
    expect(await sh(script)).toBe("it's `not` $there\na missing program\n");
    expect(await sh(driftScript([]))).toBe("");
  });

  it("is looked at by commands that only look", () => {
    const checks = ["cloud1", "db1", "web1"].flatMap(name =>
      provisionsOf(deployment, host(name)).map(one => one.check.join(" ")),
    );
    const writes = checks.filter(check =>
      /apt-get|usermod|install |sysctl -[qpw]|systemctl (enable|disable|start|stop)|(?<![0-9])>(?!\s*\/dev\/null)/.test(
        check,
      ),
    );
    expect(writes).toEqual([]);
  });
});

describe("smc prepare", () => {
  it("makes things in turn on a host and side by side on several, as root, each only where it is not so", () => {
    const plan = planPrepare(requestFor(deployment, [], { instances: [] }), [host("cloud1"), host("db1")]);
    expect(parsePlan(JSON.stringify(plan), "plan.json")).toEqual(plan);
    const own = plan.steps.filter(step => step.host === "db1");
    expect(own.map(({ needs }) => needs)).toEqual([[], ...own.slice(0, -1).map(({ id }) => [id])]);
    for (const { action, done } of plan.steps)
      expect([action, done]).toEqual(Array(2).fill(expect.objectContaining({ runAs: "root" })));
    expect(plan.onFailure).toBe("continue");
  });
});
