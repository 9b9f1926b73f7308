import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcOptions, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { exampleText } from "../inventory/support.ts";

const small = `smc: 1
default: one
machines:
  m[1-2]: {dc: DC0, vpn: "10.0.0.{n}"}
deployments:
  one:
    vms:
      web[1-3]: {at: m1, role: web, vpn: "10.0.1.{n}", vcpus: 1, ram: 1GB, image: base}
    services:
      hub: {at: "@web", instances: 2}
      snap: {at: web1, dir: "/snap/\${env:PLACE}"}
      stunnel: {at: m1, certificate: "secret:tls.pem"}
  two:
    vms:
      db[1-2]: {at: "m{n}", role: db, vpn: "10.0.2.{n}", vcpus: 1, ram: 1GB, image: base}
    services: {}
`;

function run(line: string, text = small, options: SmcOptions = {}): Promise<SmcResult> {
  return smc(line, { files: { "conf/services.yaml": text }, ...options });
}

const answer = ({ out }: SmcResult): Record<string, never> => JSON.parse(out) as Record<string, never>;

describe("smc check", () => {
  it("passes the services file of the real site", async () => {
    const { code, out } = await run("check", exampleText);
    expect(code).toBe(ExitCode.Done);
    expect(out).toBe("conf/services.yaml: no errors, 7 warnings in cloud, storm, local, project\n");
  });

  it("warns of what is missing on this machine, and refuses it in the deployment that is used", async () => {
    const warned = await run("check");
    expect(warned.code).toBe(ExitCode.Done);
    expect(warned.err).toContain(
      "conf/services.yaml:11:29: warning: the environment has no PLACE (deployment one)",
    );
    expect(warned.err).toContain(
      "conf/services.yaml:12:38: warning: one has no secret tls.pem (deployment one)",
    );
    const refused = await run("check -d one");
    expect(refused.code).toBe(ExitCode.Usage);
    expect(refused.out).toBe("conf/services.yaml: 2 errors, no warnings in one, two\n");
    expect((await run("check -d two")).code).toBe(ExitCode.Done);
  });

  it("finds secrets beside conf/ and fills in the environment", async () => {
    const files = { "conf/services.yaml": small, "secrets/one/tls.pem": "-" };
    const { code, err } = await smc("check -d one", { files, env: { PLACE: "here" } });
    expect([code, err]).toEqual([ExitCode.Done, ""]);
  });

  it("does not take a secret that cannot be looked at for a missing one", async () => {
    const directory = await temporaryFolder();
    await mkdir(join(directory, "secrets/one"), { recursive: true });
    await symlink("tls.pem", join(directory, "secrets/one/tls.pem"));
    const checked = (of: string) => run(`check -d ${of}`, small, { directory, env: { PLACE: "here" } });
    const { code, err } = await checked("one");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toMatch(/:12:38: error: secrets\/one\/tls\.pem cannot be looked at: ELOOP/);
    // Who uses another deployment of the file is not kept from it.
    expect((await checked("two")).code).toBe(ExitCode.Done);
  });

  it("shows the line, the column and what to write instead, and exits 2", async () => {
    const { code, err, out } = await run("check", small.replace("instances: 2", "instancs: 2"));
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(
      [
        'conf/services.yaml:10:25: error: unknown key "instancs" in hub (deployment one)',
        '          hub: {at: "@web", instancs: 2}',
        "                            ^",
        '    did you mean "instances"?',
      ].join("\n"),
    );
    expect(out).toBe("conf/services.yaml: 1 error, 2 warnings\n");
  });

  it("gives scripts every problem as an object", async () => {
    const json = answer(await run("check --json", small.replace("at: m1, role", "at: m3, role")));
    expect(json).toMatchObject({ version: 1, ok: false });
    expect(json["problems"]).toContainEqual({
      severity: "error",
      file: "conf/services.yaml",
      line: 8,
      column: 22,
      message: 'there is no machine "m3" to be at',
      source: expect.stringContaining("web[1-3]"),
      suggestion: "did you mean m1?",
      deployment: "one",
    });
  });
});

describe("smc inventory", () => {
  it("has all of a deployment in its JSON", async () => {
    const json = answer(await run("inventory --json"));
    expect(json).toMatchObject({
      version: 1,
      default: "one",
      deployments: [{ name: "one" }, { name: "two" }],
    });
    const [one] = json["deployments"] as unknown as [Record<string, unknown>];
    expect(one).toMatchObject({
      dataCentres: [{ name: "DC0", hosts: ["m1", "m2", "web1", "web2", "web3"] }],
      seeds: [],
      ports: { hub: 5000 },
      vms: [{ name: "web1", machine: "m1", address: "10.0.1.1", vcpus: 1, ram: 1024 ** 3 }, {}, {}],
    });
    expect(one["instances"]).toContainEqual(
      expect.objectContaining({
        name: "hub1@web3",
        host: "web3",
        id: 1,
        ports: { hub: 5002, hub_proxy: 5003 },
      }),
    );
  });

  it("folds hosts for people", async () => {
    const { out } = await run("inventory -d one");
    expect(out).toContain("  DC0: m[1-2],web[1-3]\n");
    expect(out).toMatch(/^ {2}hub +6 +web\[1-3\] +hub 5000, hub_proxy 5001$/m);
  });

  it("names the line that gave each value", async () => {
    const { out } = await run("inventory -d one --origin");
    expect(out).toContain('conf/services.yaml:8:71\tone.hosts.web2.ram = "1GB"\n');
    expect(out).toContain("conf/services.yaml:10:36\tone.services.hub.instances = 2\n");
    const [one] = answer(await run("inventory -d one --json --origin"))["deployments"] as unknown as [
      { origins: unknown[] },
    ];
    expect(one.origins).toContainEqual({
      path: ["hosts", "m2", "vpn"],
      value: "10.0.0.2",
      line: 4,
      column: 26,
    });
  });

  it("refuses a file with errors and prints them all", async () => {
    const { code, err, out } = await run("inventory --json", "smc: 1\nport: {}\ndeploymens: {}\n");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain('conf/services.yaml:2:1: error: unknown key "port" in the services file');
    expect(err).toContain('did you mean "deployments"?');
    expect(JSON.parse(out)).toMatchObject({ version: 1, error: { code: "SERVICES_FILE_INVALID" } });
  });

  it("says what to do when there is no file", async () => {
    const { code, err } = await smc("inventory");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("there is no services file conf/services.yaml");
  });
});

describe("smc hosts", () => {
  it("lists hosts with what runs on them", async () => {
    const { out } = await run("hosts @web", small, { env: { PLACE: "here" } });
    expect(out.split("\n").map(line => line.split(/ {2,}/))).toEqual([
      ["HOST", "KIND", "ADDRESS", "DC", "ROLE", "MACHINE", "SERVICES"],
      ["web1", "vm", "10.0.1.1", "DC0", "web", "m1", "hub×2 snap"],
      ["web2", "vm", "10.0.1.2", "DC0", "web", "m1", "hub×2"],
      ["web3", "vm", "10.0.1.3", "DC0", "web", "m1", "hub×2"],
      [""],
    ]);
  });

  it("takes the deployment that has the host that is named", async () => {
    const json = answer(await run("hosts db2 --json"));
    expect(json).toMatchObject({ version: 1, deployment: "two" });
    expect(json["hosts"]).toMatchObject([
      { name: "db2", machine: "m2", role: "db", dc: "DC0", services: [] },
    ]);
  });

  it("refuses a host that is not there", async () => {
    const { code, err } = await run("hosts wbe1", small, { env: { PLACE: "here" } });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("did you mean web1?");
  });
});

describe("smc check of services", () => {
  const file = (services: object): string =>
    JSON.stringify({
      smc: 1,
      default: "d",
      deployments: {
        d: { transport: "local", machines: { here: { dc: "DC0", vpn: "127.0.0.1" } }, services },
      },
    });

  it.each([
    ["a placeholder that means nothing", { command: "run {nothing}" }, /\{nothing\} means nothing here/],
    ["what only a shell can do", { command: "while true; do date; done" }, /is for a shell/],
    ["a port that is not there", { command: "x", ready: { tcp: "zzz" } }, /asks on the port "zzz"/],
    [
      "a service that is not there",
      { command: "x", needs: ["bb"] },
      /it needs "bb".*\n.*\n.*\n.*did you mean b\?/,
    ],
    ["a circle", { command: "x", needs: ["b"] }, /it needs itself, by way of b, a/],
  ])("finds %s, with its place", async (_, settings, message) => {
    const other = { at: "here", command: "x", needs: "needs" in settings ? ["a"] : [] };
    const services = { a: { at: "here", ...settings }, b: other };
    const { code, err } = await smc("check", { files: { "conf/services.yaml": file(services) } });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toMatch(/^conf\/services\.yaml:1:\d+: error: /m);
    expect(err).toMatch(message);
  });

  it("has nothing against services that are right", async () => {
    const services = { a: { at: "here", command: "x {host}", ports: { p: 7000 }, ready: { tcp: "p" } } };
    expect((await smc("check", { files: { "conf/services.yaml": file(services) } })).code).toBe(
      ExitCode.Done,
    );
  });
});
