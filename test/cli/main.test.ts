import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { OperatorError } from "../../src/base/operator-error.ts";
import { defineCommand, type CommandSpecification } from "../../src/cli/specification.ts";
import type { CommandContext, GlobalOptions } from "../../src/commands/model.ts";
import { commandTable } from "../../src/cli/commands.ts";
import { smc } from "../helpers/smc.ts";

interface Call {
  context: CommandContext<unknown>;
  words: readonly unknown[];
}

/** A table with a few verbs that note how they were called. */
function recordingTable(calls: Call[] = [], behave: () => void = () => {}): CommandSpecification[] {
  const load = () =>
    Promise.resolve((context: CommandContext<unknown>, ...words: readonly unknown[]) => {
      calls.push({ context, words });
      behave();
      return Promise.resolve(ExitCode.Done);
    });
  const service = { name: "service", summary: "which", required: true };
  const host = { name: "host", summary: "where", required: false, variadic: true };
  const common = { group: "Services", mutates: true, load } as const;
  return [
    defineCommand({
      ...common,
      path: ["start"],
      summary: "Start a service",
      arguments: [service, host],
      examples: [],
    }),
    defineCommand({
      ...common,
      path: ["status"],
      summary: "Show what runs",
      options: [{ flags: "--watch", summary: "again and again" }],
      examples: [{ command: "status web1", summary: "what runs on web1" }],
    }),
    defineCommand({ ...common, path: ["run"], summary: "Run a command", arguments: [host], examples: [] }),
    defineCommand({ ...common, path: ["secrets", "init"], summary: "Make secrets", examples: [] }),
  ];
}

async function globalOf(line: string, env: Record<string, string> = {}): Promise<GlobalOptions | undefined> {
  const calls: Call[] = [];
  await smc(line, { commands: recordingTable(calls), env });
  return calls[0]?.context.global;
}

describe("main", () => {
  it("hands words, options and the whole command line to the verb", async () => {
    const calls: Call[] = [];
    const { code } = await smc("-d storm start cassandra web1 web2 --parallel", {
      commands: recordingTable(calls),
    });
    expect(code).toBe(ExitCode.Done);
    expect(calls[0]?.words).toEqual(["cassandra", ["web1", "web2"]]);
    expect(calls[0]?.context.argv).toEqual([
      "-d",
      "storm",
      "start",
      "cassandra",
      "web1",
      "web2",
      "--parallel",
    ]);
    expect(calls[0]?.context.global).toMatchObject({
      deployment: "storm",
      parallel: true,
      file: "conf/services.yaml",
    });
  });

  it("gives a verb its own options apart from the global ones", async () => {
    const calls: Call[] = [];
    await smc("status --watch --json", { commands: recordingTable(calls) });
    expect(calls[0]?.context.options).toEqual({ watch: true });
    expect(calls[0]?.context.global.json).toBe(true);
  });

  it.each([
    ["start cassandra --parallel web1", true, ["web1"]],
    ["start cassandra --parallel 4 web1", 4, ["web1"]],
    ["start cassandra web1 --parallel=4", 4, ["web1"]],
    ["--parallel start cassandra web1", true, ["web1"]],
    ["start cassandra web1", undefined, ["web1"]],
  ])("%s: --parallel takes nothing but a number", async (line, parallel, hosts) => {
    const calls: Call[] = [];
    await smc(line, { commands: recordingTable(calls) });
    expect(calls[0]?.context.global.parallel).toBe(parallel);
    expect(calls[0]?.words).toEqual(["cassandra", hosts]);
  });

  it("passes the words after -- on, options and all", async () => {
    const calls: Call[] = [];
    await smc("run --on web1 -- ls --json --parallel -n help", { commands: recordingTable(calls) });
    expect(calls[0]?.words).toEqual([["ls", "--json", "--parallel", "-n", "help"]]);
    expect(calls[0]?.context.global).toMatchObject({
      on: "web1",
      json: false,
      dryRun: false,
      parallel: undefined,
    });
  });

  it("reads durations in milliseconds", async () => {
    expect(await globalOf("status --timeout 5m --connect-timeout 10")).toMatchObject({
      timeout: 300_000,
      connectTimeout: 10_000,
    });
  });

  it("takes the environment where the command line says nothing", async () => {
    const env = { SMC_FILE: "other.yaml", SMC_DEPLOYMENT: "storm", SMC_NO_INPUT: "1" };
    expect(await globalOf("status", env)).toMatchObject({
      file: "other.yaml",
      deployment: "storm",
      input: false,
    });
    expect(await globalOf("status -f this.yaml -d cloud", env)).toMatchObject({
      file: "this.yaml",
      deployment: "cloud",
    });
  });

  it.each([
    ["start", "missing required argument 'service'", "smc start --help"],
    ["status web1", "too many arguments", "smc status --help"],
    ["status --wach", "unknown option '--wach'", "--watch"],
    ["stat", "unknown command 'stat'", "Did you mean status?"],
    ["strat", "unknown command 'strat'", "Did you mean start?"],
    ["status --parallel=0", "--parallel takes a number from 1 up", "--parallel 8"],
    ["status --timeout soon", '--timeout takes a duration, not "soon"', "90s"],
    ["status --parallel --rolling", "exclude each other", "leave out one"],
    ["secrets", "smc secrets needs another word", "smc secrets --help"],
    ["help nothing", "unknown command 'nothing'", "smc --help"],
  ])("%s: exit 2 with what is wrong and what to type", async (line, message, hint) => {
    const calls: Call[] = [];
    const { code, out, err } = await smc(line, { commands: recordingTable(calls) });
    expect(code).toBe(ExitCode.Usage);
    expect(err.split("\n")[0]).toContain(message);
    expect(err.split("\n").find(text => text.startsWith("next: "))).toContain(hint);
    expect(out).toBe("");
    expect(calls).toEqual([]);
  });
});

describe("help", () => {
  it.each(["", "help", "--help", "-h"])("smc %s lists the verbs by group on stdout", async line => {
    const { code, out, err } = await smc(line, { commands: recordingTable() });
    expect(code).toBe(ExitCode.Done);
    expect(err).toBe("");
    expect(out).toMatch(/Services:\n\s+start .*Start a service/);
    expect(out).toContain("smc status ");
    expect(out).not.toContain("smc check ");
  });

  it.each(["help status", "status --help", "status -h"])(
    "smc %s shows examples before options",
    async line => {
      const { code, out } = await smc(line, { commands: recordingTable() });
      expect(code).toBe(ExitCode.Done);
      expect(out).toMatch(/Examples:\n  smc status web1/);
      expect(out.indexOf("smc status web1")).toBeLessThan(out.indexOf("--watch"));
      expect(out).toContain("--deployment <name>");
    },
  );

  it("knows verbs of two words", async () => {
    const { out } = await smc("help secrets init", { commands: recordingTable() });
    expect(out).toContain("Usage: smc secrets init");
  });

  it("prints the version", async () => {
    const { code, out } = await smc("--version");
    expect(code).toBe(ExitCode.Done);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("errors", () => {
  const refused = new OperatorError("the ring is not whole", {
    code: "RING_INCOMPLETE",
    exit: ExitCode.Refused,
    details: ["cassandra3 is down"],
    hint: "smc ring",
  });
  const failing = (error: Error) =>
    recordingTable([], () => {
      throw error;
    });

  it("says what, why and the next command", async () => {
    const { code, out, err } = await smc("status", { commands: failing(refused) });
    expect(code).toBe(ExitCode.Refused);
    expect(err).toBe("error: the ring is not whole\n  cassandra3 is down\nnext: smc ring\n");
    expect(out).toBe("");
  });

  it("colours the words on a terminal unless told not to", async () => {
    const commands = failing(refused);
    const terminal = await smc("status", { commands, terminal: true });
    expect(terminal.err).toContain("\u001B[31merror:\u001B[39m the ring");
    const plain = await smc("status --no-color", { commands, terminal: true });
    expect(plain.err).toContain("error: the ring");
  });

  it("gives scripts one versioned object", async () => {
    const { out } = await smc("status --json", { commands: failing(refused) });
    expect(JSON.parse(out)).toEqual({
      version: 1,
      error: {
        code: "RING_INCOMPLETE",
        message: "the ring is not whole",
        details: ["cassandra3 is down"],
        hint: "smc ring",
      },
    });
  });

  it("gives usage errors as JSON too", async () => {
    const { code, out } = await smc("stat --json", { commands: recordingTable() });
    expect(code).toBe(ExitCode.Usage);
    expect(JSON.parse(out)).toMatchObject({ version: 1, error: { code: "USAGE" } });
  });

  it.each([
    [
      "EACCES",
      { syscall: "open", path: "/elsewhere/file" },
      "/elsewhere/file cannot be opened: permission denied\nnext: ls -ld /elsewhere/file",
    ],
    [
      "EACCES",
      { syscall: "scandir", path: "/state/here/runs" },
      "/state/here/runs cannot be read: permission denied\nnext: smc keeps its locks",
    ],
    ["ENOSPC", { syscall: "write" }, "a file cannot be written: no space is left\n"],
  ])("does not call %s of a file a bug: %j", async (name, more, expected) => {
    const error = Object.assign(new Error(`${name}: as Node says it`), { code: name, ...more });
    const { code, err } = await smc("status", { commands: failing(error), env: { SMC_STATE: "/state" } });
    expect([code, err]).toEqual([ExitCode.Failed, expect.stringContaining(`error: ${expected}`)]);
  });

  it("calls anything else a bug, with versions, and a stack only when asked", async () => {
    const commands = failing(new TypeError("x is undefined"));
    const { code, err } = await smc("status", { commands });
    expect(code).toBe(ExitCode.Failed);
    expect(err).toContain("this is a bug in smc: x is undefined");
    expect(err).toContain(process.version);
    expect(err).not.toContain("main.test.ts");
    expect((await smc("status -v", { commands })).err).toContain("main.test.ts");
  });
});

describe("the verbs below a word", () => {
  it.each([
    ["vpn joni", "next: Did you mean join? See smc vpn --help"],
    ["vpn jo", "next: Did you mean join? See smc vpn --help"],
    ["-d cloud vm nosuch", "next: smc vm --help"],
    ["stat", "next: Did you mean status? See smc --help"],
    ["release statsu", "next: did you mean smc release status? its services are nginx"],
    ["release packagse", "next: did you mean smc release packages? its services are nginx"],
  ])("are suggested for smc %s", async (line, hint) => {
    const site =
      "{ smc: 1, deployments: { here: { transport: local, machines: { h: { vpn: 127.0.0.1 } }, services: { nginx: { at: h } } } } }";
    const { code, err } = await smc(line, { files: { "conf/services.yaml": site } });
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(hint);
  });

  it.each([
    ["image list", ExitCode.Usage, "here has no machine that carries VMs"],
    ["image list h", ExitCode.Done, ""],
    ["release status", ExitCode.Done, "no program of here is one that smc brings: none has a source:"],
    [
      "release --from package.json",
      ExitCode.Usage,
      "error: package.json is no release of smc\nnext: smc -d TEST",
    ],
    [
      "restart nginx --canary --stop-after 3",
      ExitCode.Usage,
      "'--canary' cannot be used with option '--stop-after <n>'",
    ],
  ])("say what is missing, and not only that something is: smc %s", async (line, expected, words) => {
    const site =
      "{ smc: 1, deployments: { here: { transport: local, machines: { h: { vpn: 127.0.0.1 } }, services: { nginx: { at: h } } } } }";
    const files = { "conf/services.yaml": site, "package.json": "{}" };
    const { code, err } = await smc(line, { files });
    expect(err).toContain(words);
    expect(code).toBe(expected);
  });

  it("come in its help before what every verb takes", async () => {
    const { out } = await smc("vpn --help");
    expect(out).toMatch(/^ {2}join \[host/m);
    expect(out).not.toContain("--connect-timeout");
    expect(out).toContain("Options of every verb: smc --help");
  });

  it("and each such word says in smc --help what it is for", async () => {
    const { out } = await smc("--help");
    const groups = new Set(commandTable.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));
    for (const word of groups) expect(out).toMatch(new RegExp(`^ {2}${word} .*  \\S`, "m"));
  });
});
