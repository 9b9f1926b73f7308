import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { defineCommand, type CommandSpecification } from "../../src/cli/specification.ts";
import { loadSite } from "../../src/commands/load.ts";
import { smc } from "../helpers/smc.ts";

/** A verb that only says which deployment it is about. */
const which: CommandSpecification = defineCommand({
  path: ["which"],
  group: "The fleet",
  summary: "name the deployment",
  arguments: [{ name: "host", summary: "hosts", required: false, variadic: true }],
  examples: [],
  mutates: false,
  load: () =>
    Promise.resolve(async (context, hosts: readonly string[]) => {
      const site = await loadSite(context, { hosts });
      context.io.stdout.write(
        `${site.deployment.name} ${site.secretsFolder.replace(context.io.directory, "")}\n`,
      );
      return ExitCode.Done;
    }),
});

const FILE = `smc: 1
default: cloud
machines:
  m[1-2]: {dc: DC0, vpn: "127.1.0.{n}", ram: 64GB, cores: 16, disk: 1TB}
deployments:
  cloud:
    site: cloud.example
    vms:
      web[1-2]: {at: "m{n}", role: web, vpn: "127.1.1.{n}", vcpus: 1, ram: 1GB, image: base}
  storm:
    site: storm.example
    vms:
      storm-web1: {at: m1, role: web, vpn: "127.1.2.1", vcpus: 1, ram: 1GB, image: base}
`;

const run = (line: string, more: object = {}) =>
  smc(line, { files: { "conf/services.yaml": FILE }, commands: [which], ...more });

describe("the deployment that a command is about", () => {
  it.each([
    ["which", "cloud"],
    ["which -d storm", "storm"],
    ["which storm-web1", "storm"],
    ["which 'web[1-2]'", "cloud"],
    ["which --on storm-web1", "storm"],
    ["which @web", "cloud"],
  ])("%s is about %s", async (line, deployment) => {
    const { out, code, err } = await run(line);
    expect(err).toBe("");
    expect(out).toBe(`${deployment} /secrets/${deployment}\n`);
    expect(code).toBe(ExitCode.Done);
  });

  it("takes SMC_DEPLOYMENT before the file's default", async () => {
    expect((await run("which", { env: { SMC_DEPLOYMENT: "storm" } })).out).toMatch(/^storm/);
  });

  it("asks which is meant for a host of two deployments", async () => {
    const { code, err } = await run("which m1");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("m1 is in several deployments: cloud, storm");
    expect(err).toContain("say which: -d cloud or -d storm");
    expect((await run("which m1 '!m1'")).err).toContain("error: m1 is in several");
  });

  it("says what each deployment has of hosts that none has all of", async () => {
    const { code, err } = await run("which 'm[1-3],web1'");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("no deployment has all of m[1-3],web1: cloud has m[1-2],web1, storm has m[1-2]");
    expect(err).toContain("next: name hosts of one deployment: -d cloud or -d storm");
    expect((await run("which storm-web1 storm-web2")).err).toContain(
      "no deployment has all of storm-web[1-2]: storm has storm-web1",
    );
  });

  it.each(["which 'web[2-3]'", "which nobody", "which -d cloud m1"])(
    "leaves to the verb what is wrong with hosts of the default, of none, or of one that is said: %s",
    async line => {
      expect((await run(line)).out).toMatch(/^cloud /);
    },
  );

  it("suggests the deployment that was meant", async () => {
    const { code, err } = await run("which -d strom");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("did you mean storm?");
  });

  it("names the file that it cannot read", async () => {
    const { code, err } = await smc("which -f nowhere.yaml", { commands: [which] });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("there is no services file nowhere.yaml");
  });

  it("prints every problem with its place and exits 2", async () => {
    const wrong = FILE.replace("vcpus: 1, ram: 1GB, image: base}\n  storm", "vcpu: 1, ram: lots}\n  storm");
    const { code, err } = await smc("which", { files: { "conf/services.yaml": wrong }, commands: [which] });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toMatch(/conf\/services\.yaml:9:\d+: error: .*vcpu/);
    expect(err).toMatch(/conf\/services\.yaml:9:\d+: error: .*lots/);
  });

  it("minds a missing variable only in the deployment that is used", async () => {
    const file = FILE.replace("site: storm.example", 'site: "${env:STORM_SITE}"');
    const files = { "conf/services.yaml": file };
    expect((await smc("which", { files, commands: [which] })).code).toBe(ExitCode.Done);
    const used = await smc("which -d storm", { files, commands: [which] });
    expect(used.code).toBe(ExitCode.Usage);
    expect(used.err).toContain("STORM_SITE");
  });
});
