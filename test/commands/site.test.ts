import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { localSite, TICKER } from "../helpers/local-site.ts";
import { smc } from "../helpers/smc.ts";

/** A site of two machines with a VM on each. */
const FILE = `smc: 1
default: storm
machines:
  cloud1: {dc: DC0, vpn: 10.1.1.1, public: 192.0.2.1, ram: 8GB, cores: 4, disk: 1TB}
  cloud2: {dc: DC0, vpn: 10.1.2.1, public: 192.0.2.2, ram: 8GB, cores: 4, disk: 1TB}
vpn: {kind: tinc, netmask: 255.192.0.0, mesh: machines}
deployments:
  storm:
    site: storm.example
    vms:
      web[1-2]: {at: "cloud{n}", vpn: "10.2.{n}.3", role: web, image: salvus, vcpus: 1, ram: 1GB}
    services:
      ticker: {at: "@web", command: [sleep, "600"], ready: {command: ["true"]}}
`;

interface DryRun {
  plan: {
    command: string[];
    hosts: Record<string, unknown>;
    steps: { id: string; host: string; needs: string[]; after: string[] }[];
  };
}

async function planOf(line: string, file = FILE): Promise<DryRun["plan"]> {
  const { code, out, err } = await smc(`-f services.yaml ${line} --dry-run --json`, {
    files: { "services.yaml": file },
  });
  expect({ code, err }).toMatchObject({ code: ExitCode.Done });
  return (JSON.parse(out) as DryRun).plan;
}

const partOf = (id: string): string => id.split(":", 1)[0] ?? "";

describe("smc up", () => {
  it("prepares machines before their VMs, and both before the services, in one plan", async () => {
    const { steps, hosts, command } = await planOf("up");
    expect(command.slice(2, 3)).toEqual(["up"]);
    expect([...new Set(steps.map(({ id }) => partOf(id)))]).toEqual([
      "prepare machines",
      "vpn of machines",
      "vms",
      "prepare guests",
      "vpn",
      "firewall",
      "services",
    ]);
    expect(Object.keys(hosts).sort()).toEqual(["cloud1", "cloud2", "web1", "web2"]);
    expect(hosts).toMatchObject({ cloud1: { address: "192.0.2.1" }, web1: { address: "10.2.1.3" } });
    const machines = steps.filter(({ id }) => ["prepare machines", "vpn of machines"].includes(partOf(id)));
    expect(new Set(machines.map(({ host }) => host))).toEqual(new Set(["cloud1", "cloud2"]));
  });

  it("tells machines and VMs of each other in the VPN, though none of them is in it yet", async () => {
    const { steps } = await planOf("up");
    const written = steps.map(({ id }) => id).filter(id => id.startsWith("vpn: write hosts/"));
    expect(written).toEqual(
      expect.arrayContaining(["vpn: write hosts/cloud2 on web1", "vpn: write hosts/web1 on cloud2"]),
    );
  });

  it("brings secrets to the hosts of their roles before the services, and removes none", async () => {
    const file = FILE.replace(
      "    services:",
      '    secrets: {keys/backup: {at: "@web !web2", path: /etc/backup/key}}\n    services:',
    );
    const { steps } = await planOf("up", file);
    const parts = [...new Set(steps.map(({ id }) => partOf(id)))];
    expect(parts.slice(-3)).toEqual(["firewall", "secrets", "services"]);
    expect(steps.filter(({ id }) => partOf(id) === "secrets").map(({ id }) => id)).toEqual([
      "secrets: announce /etc/backup/key on web1",
      "secrets: bring /etc/backup/key to web1",
      "secrets: seal /etc/backup/key on web1",
    ]);
  });

  it("lets a service of a VM wait for all that was done to it, and for the others to be through", async () => {
    const { steps } = await planOf("up");
    const start = steps.filter(({ id, host }) => partOf(id) === "services" && host === "web1");
    const [first] = start;
    expect(first?.needs.map(partOf)).toContain("firewall");
    expect(first?.after.every(id => partOf(id) === "firewall")).toBe(true);
    expect(new Set(steps.filter(({ id }) => first?.after.includes(id)).map(({ host }) => host))).toContain(
      "cloud2",
    );
  });

  it(
    "starts the services of a deployment on this machine, and smc down stops them",
    { timeout: 60_000 },
    async () => {
      const site = await localSite();
      await site.rewrite(TICKER);
      try {
        expect(await site.smc("up")).toMatchObject({
          code: ExitCode.Done,
          err: expect.stringContaining("done: "),
        });
        expect((await site.smc("status")).code).toBe(StatusExitCode.AllRunning);
        const again = await site.smc("up");
        expect(again.err).toMatch(/done: 0 changed/);
        expect((await site.smc("down")).code).toBe(ExitCode.Usage);
        expect((await site.smc("down --yes")).code).toBe(ExitCode.Done);
        expect((await site.smc("status")).code).toBe(StatusExitCode.NotAllRunning);
      } finally {
        await site.smc("stop all --yes");
      }
    },
  );
});

describe("smc down", () => {
  it("stops the services before their VMs, and no machine", async () => {
    const { steps } = await planOf("down");
    expect([...new Set(steps.map(({ id }) => partOf(id)))]).toEqual(["services", "vms"]);
    const shutDown = steps.find(({ id }) => id === "vms: shut down web2");
    expect(shutDown?.after).toContain("services: stop ticker@web1");
  });
});
