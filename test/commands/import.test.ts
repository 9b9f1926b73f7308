import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { smc } from "../helpers/smc.ts";
import { readPair } from "../inventory/legacy/support.ts";

function folder(services: string): Record<string, string> {
  const hosts = "10.1.1.1 kvm-host cloud1\n10.1.1.2 kvm hub web1\n";
  return { "deploy_storm/hosts": hosts, "deploy_storm/services": services };
}

const PLAIN = folder("base = 'old'\n[vm]\ncloud1 {'hostname':'web1', 'base':base, 'vnc':9000}\n[hub]\nhub\n");
const SECRETIVE = folder(
  "base = open('/etc/hostname').read()\n[vm]\ncloud1 {'hostname':'web1', 'base':base}\n",
);

describe("smc import", () => {
  it("writes the services file on stdout and what was left out on stderr", async () => {
    const { code, out, err } = await smc("import deploy_storm", { files: PLAIN });
    expect(code).toBe(ExitCode.Done);
    expect(out).toMatch(/^# Imported from deploy_storm by smc import\.\n/);
    expect(out).toContain("deployments:\n  storm:\n");
    expect(err).toContain("imported deploy_storm as deployment storm: 2 hosts, 1 VM, 1 instance");
    expect(err).toContain("note: vm: vnc: left out, smc has consoles of its own (web1)");
    const again = await smc("import deploy_storm", { files: PLAIN });
    expect(again.out).toBe(out);
  });

  it("writes a real inventory that smc check, inventory and hosts take", async () => {
    const { hosts, services } = readPair("cloud-19node-2013-10-15");
    const { directory, code } = await smc("import old -d cloud -o conf/services.yaml", {
      files: { "old/hosts": hosts, "old/services": services, "conf/.keep": "" },
    });
    expect(code).toBe(ExitCode.Done);
    expect(await smc("check", { directory })).toMatchObject({ code: ExitCode.Done });
    const { out } = await smc("hosts --json", { directory });
    expect((JSON.parse(out) as { hosts: unknown[] }).hosts).toHaveLength(76);
    const plan = await smc("-d cloud start cassandra --parallel --dry-run", { directory });
    expect(plan.code).toBe(ExitCode.Done);
  });

  it("asks for a value, with the place, and executes nothing", async () => {
    const { code, out, err } = await smc("import deploy_storm -o new.yaml", { files: SECRETIVE });
    expect(code).toBe(ExitCode.Usage);
    expect(out).toBe("");
    expect(err).toContain("deploy_storm/services:1:8: error: open(…).read(…) would have to be executed");
    expect(err).toContain("--set base=VALUE");
  });

  it("takes the value from --set", async () => {
    const { code, out } = await smc("import deploy_storm --set base=salvus-2014", { files: SECRETIVE });
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain("image: salvus-2014");
  });

  it("replaces a file only with --force", async () => {
    const files = { ...PLAIN, "new.yaml": "mine" };
    const refused = await smc("import deploy_storm -o new.yaml", { files });
    expect(refused.code).toBe(ExitCode.Usage);
    expect(refused.err).toContain("new.yaml is there already");
    expect(await readFile(join(refused.directory, "new.yaml"), "utf8")).toBe("mine");
    const forced = await smc("import deploy_storm -o new.yaml --force", { files });
    expect(forced).toMatchObject({ code: ExitCode.Done, out: "" });
    expect(await readFile(join(forced.directory, "new.yaml"), "utf8")).toContain("smc: 1");
  });

  it.each([
    ["import nowhere", "cannot read nowhere/hosts"],
    ["import deploy_storm -o no/such/folder.yaml", "cannot write no/such/folder.yaml"],
    ["import deploy_storm -o deploy_storm --force", "cannot write deploy_storm"],
    ["import deploy_storm -o deploy_storm", "deploy_storm is there already"],
    ["import deploy_storm -d 'a b'", 'a deployment cannot be called "a b"'],
    ["import deploy_storm --set base", '--set "base" is not NAME=VALUE'],
    ["import deploy_storm --set bse=x", "did you mean --set base=…?"],
  ])("refuses %s", async (line, message) => {
    const { code, out, err, directory } = await smc(line, { files: PLAIN });
    expect({ code, out }).toEqual({ code: ExitCode.Usage, out: "" });
    expect(err).toContain(message);
    expect(err).not.toContain("bug in smc");
    expect(await readdir(directory)).toEqual(["deploy_storm"]);
  });

  it("gives text, notes and counts as JSON", async () => {
    const { out } = await smc("import deploy_storm --json", { files: PLAIN });
    expect(JSON.parse(out)).toMatchObject({ version: 1, counts: { hosts: 2, vms: 1, instances: 1 } });
  });
});
