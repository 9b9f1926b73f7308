import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { uuidOf } from "../../src/machines/identity.ts";
import { smc, type SmcOptions, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { SshSite } from "../transport/ssh/ssh-site.ts";

const OLD = "salvus-2026-01-02-0304";
const NEW = "salvus-2026-02-03-0405";
const SUMS = "a".repeat(64);

const site = new SshSite();
const commands: string[] = [];
/** What hosts answer to a command that has this in it; nothing and success to all others. */
let answers: Record<string, { out?: string; err?: string; code?: number }> = {};
let port = 0;

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
  see({});
  const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
  site.know(...addresses.map(address => `[${address}]:${port} ${site.hostKey.public}`));
});
afterAll(() => site.close());

interface Seen {
  images?: string[];
  free?: number;
  vms?: Record<string, { state?: string; image?: string; kept?: string; note?: string }>;
}

/** Lets the machine tell of its VMs: both run over the old image, unless said otherwise. */
function see({ images = [OLD, NEW], free = 1e9, vms = {} }: Seen): void {
  const base = (image: string): string => `/var/lib/smc/images/${image}/root.img`;
  const systems = ["db1", "web1"].flatMap(name => {
    const { state = "running", image = OLD, kept, note } = vms[name] ?? {};
    return [
      `domain ${name} ${state}`,
      `overlay now ${name} 2048 ${base(image)}`,
      ...(kept === undefined ? [] : [`overlay kept ${name} 2048 ${base(kept)}`]),
      ...(note === undefined ? [] : [`note ${name} ${note}`]),
    ];
  });
  const lines = [`free ${free}`, ...images.map(image => `image ${image} ${SUMS}`), ...systems, "end"];
  answers = {
    "df --output=avail": { out: `${lines.join("\n")}\n` },
    "list --all": { out: " 1    db1    running\n 2    web1   running\n" },
    "-printf": { out: "8 /var/lib/smc/vms/web1/root.qcow2\n" },
    [`domuuid web1`]: { out: `${uuidOf({ deployment: "here", name: "web1" })}\n` },
  };
}

interface SiteWords {
  smoke?: object[];
  /** More of the deployment. */
  more?: object;
}

function services({ smoke = [], more = {} }: SiteWords = {}): string {
  const service = { command: ["sleep", "60"] };
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
        services: { waiter: { at: "db1", ...service } },
        smoke,
        ...more,
      },
      local: {
        transport: "local",
        machines: { a: { vpn: "127.0.0.1" } },
        services: { waiter: { at: "a", ...service } },
      },
    },
  });
}

const KEYS = Object.fromEntries(
  ["db1", "web1"].map(name => [`secrets/here/vm/${name}/ssh_host_ed25519_key.b64`, "a2V5\n"]),
);

function run(line: string, { files = {}, ...options }: SmcOptions = {}): Promise<SmcResult> {
  const env = { SMC_SSH_CONFIG: join(site.folder, "config") };
  return smc(line, { files: { "conf/services.yaml": services(), ...KEYS, ...files }, env, ...options });
}

async function runWithKeys(line: string): Promise<SmcResult> {
  const directory = await folderWithKeys();
  const env = { SMC_SSH_CONFIG: join(site.folder, "config") };
  return smc(line, { files: { "conf/services.yaml": services() }, env, directory });
}

/** A folder with host keys that smc may read. */
async function folderWithKeys(): Promise<string> {
  const directory = await temporaryFolder();
  for (const [path, key] of Object.entries(KEYS)) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), key, { mode: 0o600 });
  }
  return directory;
}

/** What changes something: definitions, files, power. */
const acts = (): string[] =>
  commands.filter(command => /v (define|start|shutdown|destroy)|qemu-img create|rm -rf|cat >/.test(command));

describe("smc release image", () => {
  it("shows what would be done, with which bytes, and only looks", async () => {
    const { code, out, err } = await run("release image newest web1 --dry-run");
    expect([code, err]).toEqual([ExitCode.Done, ""]);
    expect(out).toContain(`${NEW}: SHA-256 of its checksums ${SUMS}`);
    expect(out).toContain(`${OLD} → ${NEW} on web1`);
    const titles = [
      "whole on cloud1",
      "shut the VM web1 down",
      "keep what web1 is aside",
      "lay web1 over the image",
    ];
    for (const title of titles) expect(out).toContain(title);
    expect(acts()).toEqual([]);
  });

  it("has a plan for scripts in which every step of a batch goes back", async () => {
    const { out } = await run("release image newest web1 --dry-run --json");
    const { plan, changes, images } = JSON.parse(out) as {
      plan: { steps: { id: string; rescues?: string[] }[] };
      changes: object[];
      images: object[];
    };
    expect(changes).toEqual([{ vm: "web1", machine: "cloud1", from: OLD, to: NEW }]);
    expect(images).toEqual([{ name: NEW, sums: SUMS }]);
    const back = plan.steps.find(({ id }) => id === "way back 1: put back web1");
    for (const id of ["shut down web1", "keep web1", "ready web1", "prepare 1: prepare web1 1"])
      expect(back?.rescues).toContain(id);
  });

  it("leaves alone what has the image already", async () => {
    see({ vms: { web1: { image: NEW }, db1: { image: NEW } } });
    const { code, err } = await run("release image newest");
    expect([code, err]).toEqual([
      ExitCode.Done,
      expect.stringMatching(/as it is to be on db1,web1\nunchanged\n$/),
    ]);
    expect(acts()).toEqual([]);
  });

  it("is refused with all reasons at once", async () => {
    see({
      images: [OLD],
      free: 1000,
      vms: { web1: { state: "shut off" }, db1: { kept: "salvus-2025-01-01-0000", note: "x 2026 done" } },
    });
    const { code, err } = await run(`release image ${NEW} db1 web1`);
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("the VMs cannot be made anew: nothing was touched");
    expect(err).toContain(`cloud1 lacks the image ${NEW}, which was not built here`);
    expect(err).toContain("web1 is shut off on cloud1: smc start vm web1");
    expect(err).toContain("db1 has what it was before, salvus-2025-01-01-0000, kept aside still");
    expect(acts()).toEqual([]);
  });

  it.each([
    [
      "a machine that tells nothing",
      { "df --output=avail": { out: "free 1\n" } },
      "cloud1: its answer is not what smc reads",
    ],
    ["a machine without room", { free: 1000 }, "cloud1 has 1000B free"],
    [
      "a domain of somebody else",
      { vms: { web1: { state: "foreign" } } },
      "a domain of this name that is no VM",
    ],
    [
      "a libvirt that says nothing",
      { vms: { web1: { state: "unknown" } } },
      "libvirt on cloud1 does not say",
    ],
  ])("is refused for %s", async (_, seen, why) => {
    if ("df --output=avail" in seen) answers = { ...answers, ...seen };
    else see(seen);
    const { code, err } = await run("release image newest web1");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining(why)]);
    expect(acts()).toEqual([]);
  });

  it("is refused for a VM whose host key is not here, and for programs that nobody can tell of", async () => {
    const files = { "secrets/here/vm/db1/ssh_host_ed25519_key.b64": "a2V5\n" };
    const { code, err } = await smc("release image newest", {
      files: { "conf/services.yaml": services(), ...files },
      env: { SMC_SSH_CONFIG: join(site.folder, "config") },
    });
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("web1: its ssh host key is not here");
    expect(err).not.toContain("db1: its ssh host key is not here");
    expect(err).toContain("waiter@db1: nobody can say whether it runs");
  });

  it("is refused where programs have files on the root disk, and no word says that these may go", async () => {
    answers["-print -quit"] = { out: "/var/lib/smc/here/waiter\n" };
    const refused = await run("release image newest");
    expect(refused.err).toContain(
      "db1 has files in /var/lib/smc/here/waiter, on the root disk that it loses",
    );
    expect((await run("release image newest --allow-loss")).err).toContain("root disk that it loses");
    expect((await run("release image newest --discard-files")).err).not.toContain("root disk that it loses");
    // Begun and never seen well, and run since.
    see({ vms: { db1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 begun` } } });
    answers["-print -quit"] = { out: "/var/lib/smc/here/waiter\n" };
    expect((await run("release image newest")).err).toContain("root disk that it loses");
  });

  it("goes on with what was begun and not seen well, and has the way back of before", async () => {
    see({ vms: { web1: { state: "shut off", image: NEW, kept: OLD, note: `${NEW} 2026-02-03 begun` } } });
    const { code, out } = await run("release image newest web1 --dry-run");
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain(`${NEW} → ${NEW} on web1`);
  });

  it("names in its question what was begun and is thrown away", async () => {
    see({ vms: { web1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 begun` } } });
    const { questions } = await smc("release image newest web1", {
      files: { "conf/services.yaml": services() },
      env: { SMC_SSH_CONFIG: join(site.folder, "config") },
      directory: await folderWithKeys(),
      terminal: true,
      answers: ["no"],
    });
    expect(questions[0]).toContain("What web1 became in the release that did not end is thrown away.");
  });

  it("is carried out to its end", async () => {
    const { code, err } = await runWithKeys("release image newest web1 --yes");
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("--discard-old gives the room")]);
  });

  it("puts back what failed, and says what the console said", async () => {
    answers["test -e /run/cloud-init/result.json"] = { code: 1 };
    answers["tail --lines"] = { out: "Kernel panic\n" };
    const { code, err } = await runWithKeys("release image newest web1 --yes --timeout 1s");
    expect(code).toBe(ExitCode.Failed);
    expect(err).toMatch(/web1\/console\.log of \S+ ends with:\n {2}\| Kernel panic\n/);
  });
});

const KEY = "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n";
const MEMBER = `@version 1.0.36\n@ping yes\n@active active\n@enabled enabled\n@file tinc.conf\nName = x\n\n@file rsa_key.pub\n${KEY}\n@end\n`;
const NO_MEMBER = "@version -\n@ping no\n@active inactive\n@enabled disabled\n@end\n";

describe("a VM that is made anew", () => {
  const more = {
    vpn: { kind: "tinc", netmask: "255.0.0.0", mesh: "hosts" },
    secrets: { token: { at: "@all", path: "/etc/token" } },
  };
  const files = () => ({ "conf/services.yaml": services({ more }) });

  interface Answer {
    plan: {
      steps: { id: string; host: string; needs: string[]; action: { append?: object; content?: string[] } }[];
    };
  }

  async function steps(): Promise<Answer["plan"]["steps"]> {
    const { code, out, err } = await run("release image newest web1 --dry-run --json", { files: files() });
    expect([code, err]).toEqual([ExitCode.Done, ""]);
    return (JSON.parse(out) as Answer).plan.steps;
  }

  it("is prepared, makes a VPN key that the others are told, and gets its firewall and its secrets, one after the other", async () => {
    answers["tincd --version"] = { out: MEMBER };
    const all = await steps();
    const parts = [...new Set(all.map(({ id }) => id.split(":")[0] ?? ""))].filter(part =>
      /^\S+ 1$/.test(part),
    );
    expect(parts).toEqual(["prepare 1", "vpn 1", "firewall 1", "secrets 1"]);
    const told = all.find(({ id }) => id === "vpn 1: write hosts/web1 on cloud1");
    expect(told?.action.append).toEqual({ host: "web1", path: "/etc/tinc/smc/rsa_key.pub" });
    expect(told?.action.content?.join("")).not.toContain("AAAA");
    expect(all.find(({ id }) => id === "way back 1: vpn again: write hosts/web1 on cloud1")?.action).toEqual(
      told?.action,
    );
    // Of all others the members have the keys that they had.
    expect(all.some(({ id }) => id.includes("write hosts/db1") && id.includes("on cloud1"))).toBe(true);
    expect(all.filter(({ id }) => id.startsWith("prepare 1")).every(({ host }) => host === "web1")).toBe(
      true,
    );
    expect(all.filter(({ id }) => id.startsWith("firewall 1")).every(({ host }) => host === "web1")).toBe(
      true,
    );
  });

  it("is alone with its batch in its parts, whatever --on says beside it", async () => {
    answers["tincd --version"] = { out: MEMBER };
    const line = "release image newest --on web1,db1 --dry-run --json";
    const elsewhere = { ...more, services: { waiter: { at: "cloud1", command: ["sleep", "60"] } } };
    const { out } = await run(line, { files: { "conf/services.yaml": services({ more: elsewhere }) } });
    const { plan } = JSON.parse(out) as Answer;
    for (const part of ["firewall 1", "secrets 1"]) {
      const hosts = new Set(plan.steps.filter(({ id }) => id.startsWith(part)).map(({ host }) => host));
      expect([...hosts]).toHaveLength(1);
    }
  });

  it("is told what VMs of earlier batches have for a key by then, where it knows them", async () => {
    answers["tincd --version"] = { out: MEMBER };
    const elsewhere = { ...more, services: { waiter: { at: "cloud1", command: ["sleep", "60"] } } };
    const { out } = await run("release image newest --dry-run --json", {
      files: { "conf/services.yaml": services({ more: elsewhere }) },
    });
    const { plan } = JSON.parse(out) as Answer;
    const told = (id: string): boolean | undefined => {
      const found = plan.steps.find(one => one.id === id);
      return found === undefined ? undefined : found.action.append !== undefined;
    };
    // The first batch is db1: what web1 has for a key is what was seen.
    expect(told("vpn 1: write hosts/web1 on db1")).toBe(false);
    expect(told("vpn 2: write hosts/db1 on web1")).toBe(true);
    expect(told("way back 2: vpn again: write hosts/db1 on web1")).toBe(true);
    expect(told("vpn 2: write hosts/cloud1 on web1")).toBe(false);
  });

  it("is in the VPN afterwards only where it was before", async () => {
    answers["tincd --version"] = { out: NO_MEMBER };
    expect((await steps()).some(({ id }) => id.includes("vpn"))).toBe(false);
  });

  it("is refused what smc firewall apply and smc secrets apply would refuse it", async () => {
    answers["nft list table inet smc"] = { out: "@nft yes\n@loaded otherwise\n@enabled enabled\n@end\n" };
    answers["$SSH_CONNECTION"] = { out: "192.0.2.1 5 127.0.0.3 9\n" };
    const exposed = { ...more, services: { compute: { at: "web1", command: ["sleep", "60"] } } };
    const directory = await folderWithKeys();
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n";
    await writeFile(join(directory, "secrets/here/token"), key, { mode: 0o600 });
    const { code, err } = await smc("release image newest web1 --dry-run", {
      files: { "conf/services.yaml": services({ more: exposed }) },
      env: { SMC_SSH_CONFIG: join(site.folder, "config") },
      directory,
    });
    expect(code).toBe(ExitCode.Refused);
    expect(err).toContain("web1: smc comes from 192.0.2.1 to port 9, which the rules do not let in");
    expect(err).toContain("token is a private key, and web1 run what strangers write");
  });

  it("is refused while a member could not be told of its key", async () => {
    // It does not answer, and the others know its key.
    answers["tincd --version"] = { out: MEMBER.replace("@end", `@file hosts/db1\n${KEY}\n@end`) };
    site.know(...["127.0.0.1", "127.0.0.3"].map(address => `[${address}]:${port} ${site.hostKey.public}`));
    const { code, err } = await run("release image newest web1 --dry-run", { files: files() });
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("could not be told the VPN keys of web1"),
    ]);
  });
});

describe("smc release image --rollback", () => {
  it("takes back what has something kept, and nothing else", async () => {
    see({ vms: { web1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 done` } } });
    const { code, out } = await run("release image --rollback --dry-run");
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain(`${NEW} → ${OLD} on web1`);
    expect(out).toContain("put back what web1 was before");
    expect(out).not.toContain("db1");
    expect(out).not.toContain("keep what");
    expect(acts()).toEqual([]);
  });

  it("asks nothing of what is on a VM that is off, and wants a word for one that runs and does not answer", async () => {
    see({ vms: { db1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 begun` } } });
    const refused = await run("release image --rollback --dry-run");
    expect([refused.code, refused.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("waiter@db1: nobody can say"),
    ]);
    expect((await run("release image --rollback --force --dry-run")).code).toBe(ExitCode.Done);
    answers["list --all"] = { out: " -    db1    shut off\n" };
    expect((await run("release image --rollback --dry-run")).code).toBe(ExitCode.Done);
  });

  it.each([
    ["nothing is kept", {}, "nothing of before is kept aside"],
    [
      "the image is gone",
      { images: [NEW], vms: { web1: { image: NEW, kept: OLD } } },
      "has the image of what it was before no more",
    ],
  ])("is refused where %s", async (_, seen, why) => {
    see(seen);
    const { code, err } = await run("release image --rollback");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining(why)]);
  });

  it("leaves out, with --force, a member of the VPN that does not answer, and says so", async () => {
    see({ vms: { web1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 done` } } });
    answers["tincd --version"] = { out: MEMBER.replace("@end", `@file hosts/db1\n${KEY}\n@end`) };
    site.know(...["127.0.0.1", "127.0.0.3"].map(address => `[${address}]:${port} ${site.hostKey.public}`));
    const more = { vpn: { kind: "tinc", netmask: "255.0.0.0", mesh: "hosts" } };
    const files = { "conf/services.yaml": services({ more }) };
    const refused = await run("release image --rollback web1 --dry-run", { files });
    expect([refused.code, refused.err]).toEqual([ExitCode.Refused, expect.stringContaining("db1: ")]);
    const { code, out, err } = await run("release image --rollback web1 --force --dry-run --json", { files });
    expect([code, err]).toEqual([ExitCode.Done, expect.stringContaining("next: smc vpn join")]);
    const { plan } = JSON.parse(out) as { plan: { steps: { host: string; id: string }[] } };
    expect(plan.steps.filter(({ host }) => host === "db1")).toEqual([]);
    expect(plan.steps.map(({ id }) => id)).toContain("vpn 1: write hosts/web1 on cloud1");
  });
});

describe("smc release image --discard-old", () => {
  it("asks for the name, and removes only what was seen well since", async () => {
    see({ vms: { web1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 done` } } });
    const refused = await run("release image --discard-old", { terminal: true, answers: ["db1"] });
    expect([refused.code, refused.questions[0]]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("This removes what web1 was before: there is no way back then. Type web1"),
    ]);
    see({ vms: { web1: { image: NEW, kept: OLD, note: `${NEW} 2026-02-03 begun` } } });
    const { code, err } = await run("release image --discard-old --yes");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("was not seen well")]);
  });
});

describe("images of one deployment for another", () => {
  const smoke = [{ name: "alive", of: "waiter", command: ["true"] }];

  it("are written down when the tests held, pinned by their checksums, and refused where they are others", async () => {
    see({ vms: { web1: { image: NEW }, db1: { image: NEW } } });
    const files = { "conf/services.yaml": services({ smoke }), ...KEYS };
    const { code, directory } = await run("release image newest --out image.json --yes", { files });
    expect(code).toBe(ExitCode.Done);
    const written = await readFile(join(directory, "image.json"), "utf8");
    expect(JSON.parse(written)).toMatchObject({
      images: [{ name: NEW, sums: SUMS }],
      green: [{ smoke: ["alive"] }],
    });
    see({});
    const taken = await run("release image --from image.json web1 --dry-run", { directory });
    expect([taken.code, taken.out]).toEqual([
      ExitCode.Done,
      expect.stringContaining(`${OLD} → ${NEW} on web1`),
    ]);
    answers["df --output=avail"] = {
      out: (answers["df --output=avail"]?.out ?? "").replaceAll(SUMS, "b".repeat(64)),
    };
    const others = await run("release image --from image.json web1", { directory });
    expect([others.code, others.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining(`${NEW} is another one than was seen well`),
    ]);
    const changed = written.replaceAll(SUMS, "c".repeat(64));
    const forged = await run("release image --from changed.json web1", {
      directory,
      files: { "changed.json": changed },
    });
    expect([forged.code, forged.err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("no smoke test has held"),
    ]);
  });

  it("are not written where nobody tests anything", async () => {
    const { code, err } = await run("release image newest --out image.json");
    expect([code, err]).toEqual([ExitCode.Refused, expect.stringContaining("has no smoke tests")]);
  });
});

describe("the words of smc release image", () => {
  it.each([
    ["release image", "say which image, or newest"],
    ["release image --rollback --discard-old", "--rollback goes without --discard-old"],
    ["release image --from f --out g", "--from goes without --out"],
    ["release image newest web1 --out f", "some VMs alone say nothing of the others"],
    ["release image newest --force", "it goes with --rollback"],
    ["release image newest --parallel", "--batch N"],
    ["-d local release image newest", "it has no VMs"],
    ["release image other-1", "the services file lets no VM have other-1"],
    ["release image newest cloud1", "cloud1 has no VM that smc runs"],
  ])("%s makes no sense", async (line, why) => {
    const { code, err } = await run(line);
    expect([code, err]).toEqual([ExitCode.Usage, expect.stringContaining(why)]);
    expect(acts()).toEqual([]);
  });
});
