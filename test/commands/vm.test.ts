import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcOptions, type SmcResult } from "../helpers/smc.ts";
import { SshSite } from "../transport/ssh/ssh-site.ts";

const site = new SshSite();
const commands: string[] = [];
/** What the machine answers to a command that has this in it; nothing and success to all others. */
let answers: Record<string, { out?: string; err?: string; code?: number }> = {};
let port = 0;

const RUNNING = { out: " 1    db1    running\n -    web1   shut off\n" };
const IMAGE = "8 /var/lib/smc/images/salvus-2026-01-02-0304/root.img\n";

beforeAll(async () => {
  const server = await site.serve({
    onCommand: (channel, command) => {
      commands.push(command);
      const [, answer = {}] = Object.entries(answers).find(([part]) => command.includes(part)) ?? [];
      channel.write(answer.out ?? "");
      channel.stderr.write(answer.err ?? "");
      channel.exit(answer.code ?? 0);
      channel.close();
    },
  });
  ({ port } = server);
});
beforeEach(() => {
  commands.length = 0;
  answers = { "list --all": RUNNING, "-printf": { out: `${IMAGE}8 /var/lib/smc/vms/db1/root.qcow2\n` } };
  site.know(`127.0.0.1 ${site.hostKey.public}`, `[127.0.0.1]:${port} ${site.hostKey.public}`);
});
afterAll(() => site.close());

function services(): string {
  const vm = (address: string) => ({
    at: "cloud1",
    vpn: address,
    vcpus: 1,
    ram: "1GB",
    disks: { data: "1GB" },
  });
  return JSON.stringify({
    smc: 1,
    default: "here",
    ports: { ssh: port },
    defaults: {
      user: "tester",
      ssh: { become: "none", connect_timeout: "2s" },
      vm: { image: { newest: "salvus-*" } },
    },
    machines: { cloud1: { vpn: "127.0.0.1" } },
    deployments: {
      here: {
        site: "here.example",
        vms: { db1: vm("127.0.0.2"), web1: vm("127.0.0.3") },
        services: { waiter: { at: "db1", command: ["sleep", "60"] } },
      },
    },
  });
}

function run(line: string, options: SmcOptions = {}): Promise<SmcResult> {
  const env = { SMC_SSH_CONFIG: join(site.folder, "config") };
  return smc(line, { files: { "conf/services.yaml": services() }, env, ...options });
}

/** Everything but looking. */
const acts = (): string[] =>
  commands.filter(command => !/list --all$|-printf|backing file|isa-debug-exit/.test(command));

interface Rows {
  vms: { vm: string; state: string; detail?: string }[];
}

describe("smc vm list", () => {
  it("shows what the machine says of each VM", async () => {
    answers["qemu-img info"] = {
      out: "/var/lib/smc/vms/db1/root.qcow2 /var/lib/smc/images/salvus-2026-01-02-0304/root.img\n",
    };
    const { code, out } = await run("vm list");
    expect(code).toBe(ExitCode.Done);
    expect(out).toMatch(/^db1 +cloud1 +running +127\.0\.0\.2 +salvus-2026-01-02-0304 +4KB$/m);
    expect(out).toMatch(/^web1 +cloud1 +shut off/m);
    expect(acts()).toEqual([]);
  });

  it("names what is kept aside of a VM that was made anew, and its image stays", async () => {
    const [old, now] = ["salvus-2025-01-02-0304", "salvus-2026-01-02-0304"];
    const over = (folder: string, image: string) =>
      `/var/lib/smc/${folder}/db1/root.qcow2 /var/lib/smc/images/${image}/root.img`;
    answers["qemu-img info"] = { out: `${over("vms", now)}\n${over("vms/.kept", old)}\n` };
    answers["-printf"] = { out: `${IMAGE}${IMAGE.replace(now, old)}` };
    expect((await run("vm list")).out).toMatch(
      new RegExp(
        `^db1 +cloud1 +running +127\\.0\\.0\\.2 +${now} +its system of before is kept aside: ${old}$`,
        "m",
      ),
    );
    expect((await run("image list")).out).toMatch(new RegExp(`^${old} +cloud1 +db1$`, "m"));
    const { out } = await run("image prune --keep 0 --dry-run");
    expect(out).not.toContain("rm -rf");
  });

  it("removes no images from a machine that does not tell, and says so", async () => {
    answers["-printf"] = { err: "no such folder", code: 1 };
    const { code, err } = await run("image prune --keep 0 --yes");
    expect([code, err]).toEqual([ExitCode.Failed, expect.stringMatching(/^cloud1 could not be asked: /m)]);
  });

  it.each([
    ["an error", { err: "error: failed to connect to the hypervisor", code: 1 }, "failed to connect"],
    ["nonsense", { out: " 1    db1    dancing\n" }, "dancing"],
  ])("takes %s of libvirt for what it is: nobody knows", async (_, answer, why) => {
    answers["list --all"] = answer;
    const { code, out } = await run("vm list --json");
    expect(code).toBe(StatusExitCode.Unreachable);
    const { vms } = JSON.parse(out) as Rows;
    expect(vms.map(({ state }) => state)).toEqual(["unknown", "unknown"]);
    expect(vms[0]?.detail).toContain(why);
  });

  it("takes a VM for absent only where libvirt lists others", async () => {
    answers["list --all"] = { out: " 3    other   running\n" };
    const { out } = await run("vm list --json");
    expect((JSON.parse(out) as Rows).vms.map(({ state }) => state)).toEqual(["absent", "absent"]);
  });
});

describe("smc status vm", () => {
  it("is not all running where a VM is off, and tells which", async () => {
    const { code, out } = await run("status vm web1");
    expect(code).toBe(StatusExitCode.NotAllRunning);
    expect(out).toMatch(/^vm +web1 +1 +stopped$/m);
  });
});

describe("smc start vm", () => {
  it("refuses where no machine has the image, before anything is touched", async () => {
    answers["-printf"] = { out: "" };
    const { code, err } = await run("start vm web1");
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("web1: no machine has the image newest salvus-*");
    expect(acts()).toEqual([]);
  });

  it("makes the host key of a VM beforehand, keeps it among the secrets and knows it", async () => {
    const { directory, err } = await run("start vm web1 --timeout 1s");
    expect(err).toContain("known from now on by their host keys: web1");
    expect(err).toContain("KVM boots no guest on cloud1");
    const path = join(directory, "secrets/here/vm/web1/ssh_host_ed25519_key.b64");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const secret = (await readFile(path, "utf8")).trim();
    expect(Buffer.from(secret, "base64").toString()).toContain("BEGIN OPENSSH PRIVATE KEY");
    const known = (await readFile(site.knownHostsFile, "utf8"))
      .split("\n")
      .filter(line => line.includes("127.0.0.3"));
    expect(known).toEqual([expect.stringMatching(/^\[127\.0\.0\.3\]:\d+ ssh-ed25519 AAAA/)]);
    const writes = commands.filter(command => command.includes("user-data"));
    expect(writes.length).toBeGreaterThan(0);
    expect(commands.join("\n") + err).not.toContain(secret);
    const { out } = await run("secrets list", { directory });
    expect(out).toMatch(/^vm\/web1\/ssh_host_ed25519_key\.b64 +present +made by smc$/m);
  });

  it("shows what the console said last of a VM that does not come up", async () => {
    answers["tail --lines"] = { out: "Kernel panic - not syncing\n" };
    const { code, err } = await run("start vm web1 --timeout 1s");
    expect([code, err]).toEqual([
      ExitCode.Failed,
      expect.stringMatching(/web1\/console\.log of cloud1 ends with:\n  \| Kernel panic - not syncing$/m),
    ]);
  });

  it("logs in by the key that it has only just made known", async () => {
    const files = { "conf/services.yaml": services() };
    const first = await run("start vm web1 --timeout 1s", { files });
    expect(first.err).not.toContain("the key of the host is not known");
    expect(first.err).toContain("the host shows another key than the known one");
  });

  it("asks whether KVM works though the VM runs: its definition is not another one then", async () => {
    await run("start vm db1 --timeout 1s");
    expect(commands.some(command => command.includes("isa-debug-exit"))).toBe(true);
  });

  it("refuses a VM that is known with another key", async () => {
    site.know(`* ${site.hostKey.public}`);
    const { code, err } = await run("start vm web1");
    expect(code).not.toBe(ExitCode.Done);
    expect(err).toContain("web1: the host shows another key than the known one");
    expect(acts()).toEqual([]);
  });
});

describe("smc vm destroy", () => {
  it("asks for the name, and touches nothing when another one is typed", async () => {
    const { code, questions } = await run("vm destroy web1", { terminal: true, answers: ["db1"] });
    expect(code).toBe(ExitCode.Refused);
    expect(questions[0]).toContain("This removes the VM web1 and keeps its disks. Type web1");
    expect(acts()).toEqual([]);
  });

  it("removes the system and not the disks of a VM", async () => {
    answers["-e /var/lib/smc"] = { code: 1 };
    const { code, err } = await run("vm destroy web1 --yes");
    expect(`${code} ${err}`).toMatch(/^0 /);
    const removed = acts().filter(command => command.includes("rm -rf"));
    expect(removed.join("\n")).toContain("/var/lib/smc/vms/web1");
    expect(acts().join("\n")).not.toContain("/var/lib/smc/disks");
  });

  it("wants a name", async () => {
    expect((await run("vm destroy --yes")).code).toBe(ExitCode.Usage);
  });
});

describe("the word vm", () => {
  it.each([
    ["install vm", "a VM is made by smc start vm"],
    ["reload vm", "a VM is made by smc start vm"],
    ["plan restart vm", "vm stands for the VMs themselves in start, stop, restart and status only"],
    ["logs vm", "vm stands for the VMs themselves"],
    ["restart waiter --force", "--force cuts the power of VMs"],
    ["start vm cloud1", "cloud1 has no VM that smc runs"],
    ["restart vm db1 --max-down 1", "--max-down is about the nodes of the ring"],
  ])("makes no sense in smc %s", async (line, why) => {
    const { code, err } = await run(line);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(why);
    expect(commands).toEqual([]);
  });

  it.each([
    "start vm",
    "stop vm db1",
    "restart vm",
    "vm create",
    "vm resize",
    "vm destroy web1",
    "image push ./image",
  ])("asks no host for a dry run: smc %s --dry-run", async line => {
    const files = { "conf/services.yaml": services(), "image/SHA256SUMS": "" };
    const { code, out } = await run(`${line} --dry-run`, { files });
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain("cloud1");
    expect(commands).toEqual([]);
  });

  it("lets rsync reach a machine as smc does, in words that rsync itself takes apart", async () => {
    const files = { "conf/services.yaml": services(), "image/SHA256SUMS": "" };
    const { out } = await run("image push ./image --dry-run --json", { files });
    const { plan } = JSON.parse(out) as { plan: { steps: { id: string; action: { argv: string[] } }[] } };
    const argv = plan.steps.find(({ id }) => id === "send to cloud1")?.action.argv ?? [];
    const shell = argv[argv.indexOf("--rsh") + 1] ?? "";
    expect(shell).toContain(` -o BatchMode=yes -o HostName=127.0.0.1 `);
    expect(shell).toContain(` -p ${port} -l tester`);
    expect(shell).not.toContain("\\");
  });

  it("asks before several VMs go away", async () => {
    const { code, questions } = await run("stop vm", { terminal: true, answers: ["n"] });
    expect(code).toBe(ExitCode.Refused);
    expect(questions).toEqual(["stop 2 VMs of here: db1,web1? [y/N] "]);
    expect(commands).toEqual([]);
  });
});
