import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { hostKeySecret } from "../../src/machines/vm.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { SshSite } from "../transport/ssh/ssh-site.ts";

const IMAGE = "salvus-2026-01-02-0304";
const KEY = `secrets/here/${hostKeySecret("web1")}`;
const site = new SshSite();
const commands: string[] = [];
let port = 0;
/** What find says of the files of VMs. */
let filesOfMachine = "";
/** How virsh ends: 127 where it is not there. */
let domains = 127;

beforeAll(async () => {
  const server = await site.serve({
    onCommand: (channel, command) => {
      commands.push(command);
      // A machine as it comes: no libvirt, no QEMU.
      if (command.includes("isa-debug-exit")) channel.write("yes\n");
      if (command.includes("-printf")) channel.write(filesOfMachine);
      channel.exit(command.includes("virsh") ? domains : 0);
      channel.close();
    },
  });
  ({ port } = server);
});
beforeEach(() => {
  commands.length = 0;
  filesOfMachine = "";
  domains = 127;
  site.know(`127.0.0.1 ${site.hostKey.public}`, `[127.0.0.1]:${port} ${site.hostKey.public}`);
});
afterAll(() => site.close());

/** A machine whose address in the VPN leads nowhere before it has joined, and a VM on it. */
function services(): string {
  return JSON.stringify({
    smc: 1,
    default: "here",
    ports: { ssh: port },
    defaults: {
      user: "tester",
      ssh: { become: "none", connect_timeout: "1s" },
      vm: { image: { newest: "salvus-*" } },
    },
    machines: { cloud1: { vpn: "127.255.255.254", public: "127.0.0.1", dc: "DC0" } },
    deployments: {
      here: {
        site: "here.example",
        vpn: { kind: "tinc", netmask: "255.255.255.0" },
        vms: { web1: { at: "cloud1", vpn: "127.0.0.3", vcpus: 1, ram: "1GB", dc: "DC0" } },
        services: { waiter: { at: "web1", command: ["sleep", "60"] } },
      },
    },
  });
}

function up(files: Readonly<Record<string, string>>): Promise<SmcResult> {
  return run("up --yes --timeout 1s", files);
}

async function run(line: string, files: Readonly<Record<string, string>>): Promise<SmcResult> {
  const directory = await temporaryFolder();
  const env = { SMC_SSH_CONFIG: join(site.folder, "config"), SMC_STATE: join(directory, "state") };
  const all = { "conf/services.yaml": services(), ...files };
  return smc(line, { directory, files: all, env });
}

describe("smc up on a machine as it comes", () => {
  it("looks at it by its public address, and brings the image that was built here", async () => {
    const { directory } = await up({ [`state/images/${IMAGE}/SHA256SUMS`]: "" });
    expect(commands.some(command => command.includes("list --all"))).toBe(true);
    expect(commands.some(command => command.includes("folder=$1 unit=$2 path=$3"))).toBe(true);
    const folder = join(directory, "state/here/runs");
    const [journal = ""] = await readdir(folder);
    const steps = await readFile(join(folder, journal), "utf8");
    expect(steps).toContain(`"image ${IMAGE}: send to cloud1"`);
    // The key of the VM that is made, before the plan is carried out; the machine was known already.
    expect(await readFile(join(site.folder, "known_hosts"), "utf8")).toContain("127.0.0.3");
    await stat(join(directory, KEY));
    expect(steps).toContain(`/var/lib/smc/images/${IMAGE}","/var/lib/smc/vms/web1/vmlinuz`);
  });

  it("is refused where there is no image at all, and says what makes one", async () => {
    const { code, err } = await up({});
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("web1: no machine has the image newest salvus-*");
    expect(err).toContain("smc image build NAME");
  });

  const image = { [`state/images/${IMAGE}/SHA256SUMS`]: "" };

  it("makes no key for a VM that is made, and is refused where its key is not here", async () => {
    filesOfMachine = "8 /var/lib/smc/vms/web1/root.qcow2\n";
    const { code, err, directory } = await up(image);
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("no ssh host key of web1 is here: nothing was touched"),
    ]);
    await expectNoKey(directory);
  });

  it.each(["4096 /var/lib/smc/disks/web1/data.qcow2\n", "nonsense\n"])(
    "calls no VM new of which something is there, or of which nobody knows: %j",
    async files => {
      // libvirt knows no VM.
      domains = 0;
      filesOfMachine = files;
      const { err } = await run("grow", image);
      expect(err).toContain("the site has every host of the services file");
      filesOfMachine = "";
      expect((await run("grow", image)).err).toContain("let web1 become part of here");
    },
  );

  it.each([
    ["grow web1", ExitCode.Usage],
    ["grow web1 --dry-run", ExitCode.Done],
    ["grow", ExitCode.Done],
  ])("makes no key and trusts none before it was answered: %s", async (line, code) => {
    const result = await run(line, image);
    expect([result.code, result.err]).toEqual([code, expect.any(String)]);
    await expectNoKey(result.directory);
  });
});

async function expectNoKey(directory: string): Promise<void> {
  await expect(stat(join(directory, KEY))).rejects.toThrow("ENOENT");
  expect(await readFile(join(site.folder, "known_hosts"), "utf8")).not.toContain("127.0.0.3");
}
