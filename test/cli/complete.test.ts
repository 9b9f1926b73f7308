import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { completeWords } from "../../src/cli/complete.ts";
import { defineCommand } from "../../src/cli/specification.ts";
import { smc } from "../helpers/smc.ts";

const common = {
  group: "Services",
  mutates: false,
  examples: [],
  load: () => Promise.resolve(() => Promise.resolve(ExitCode.Done)),
} as const;

const commands = [
  defineCommand({
    ...common,
    path: ["start"],
    summary: "Start a service",
    arguments: [
      { name: "service", summary: "which", required: true, complete: "service" },
      { name: "host", summary: "where", required: false, variadic: true, complete: "host" },
    ],
    options: [
      { flags: "-w, --wait <how>", summary: "how to wait", choices: ["short", "long"] },
      { flags: "--fresh", summary: "without its data" },
    ],
  }),
  defineCommand({ ...common, path: ["status"], summary: "Show what runs" }),
  defineCommand({ ...common, path: ["secrets", "init"], summary: "Make secrets" }),
  defineCommand({ ...common, path: ["secrets", "list"], summary: "List secrets" }),
];

const names = () =>
  Promise.resolve({
    services: ["cassandra", "hub"],
    hosts: ["web1", "web2", "db1"],
    deployments: ["cloud", "storm"],
  });

/** The candidates for a line whose last word, after the last space, is being typed. */
async function complete(line: string): Promise<string[]> {
  const candidates = await completeWords({ words: line.split(" "), commands, names });
  return candidates.map(({ word }) => word);
}

describe("completeWords", () => {
  it.each<[string, string[]]>([
    ["", ["start", "status", "secrets", "help"]],
    ["st", ["start", "status"]],
    ["help sta", ["start", "status"]],
    ["secrets ", ["init", "list"]],
    ["secrets l", ["list"]],
    ["start ", ["all", "cassandra", "hub"]],
    ["start hub w", ["web1", "web2"]],
    ["start hub web1 ", ["web2", "db1"]],
    ["start hub --fresh ", ["web1", "web2", "db1"]],
    ["start hub --parallel ", ["web1", "web2", "db1"]],
    ["-d storm start h", ["hub"]],
    ["-d ", ["cloud", "storm"]],
    ["start --deployment=cloud h", ["hub"]],
    ["start hub --on we", ["web1", "web2"]],
    ["start --wait ", ["short", "long"]],
    ["start -w l", ["long"]],
    ["start --fr", ["--fresh"]],
    ["status --fr", []],
    ["status --par", ["--parallel"]],
    ["--file ", []],
    ["status ", []],
    ["start -- ", []],
    ["nonsense ", []],
  ])("smc %s| offers %j", async (line, expected) => {
    expect(await complete(line)).toEqual(expected);
  });

  it("asks for names only where one may stand", async () => {
    const never = () => Promise.reject(new Error("asked for names"));
    expect(await completeWords({ words: ["sta"], commands, names: never })).toHaveLength(2);
    expect(await completeWords({ words: ["start", "--fr"], commands, names: never })).toHaveLength(1);
  });
});

describe("smc completion", () => {
  it("makes a real bash complete verbs and their words", () => {
    const line = (words: string) =>
      `COMP_WORDS=(smc ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _smc; echo "\${COMPREPLY[@]}"`;
    const script = `eval "$(smc completion bash)"; ${line("compl")}; ${line('completion ""')}`;
    const env = { ...process.env, PATH: `${resolve("bin")}:${process.env["PATH"]}` };
    const answer = execFileSync("bash", ["-c", script], { encoding: "utf8", env });
    expect(answer).toBe("completion\nbash zsh fish\n");
  });

  it.each(["bash", "zsh", "fish"])("prints a script for %s that asks smc for candidates", async shell => {
    const { code, out } = await smc(`completion ${shell}`);
    expect(code).toBe(ExitCode.Done);
    expect(out).toContain("__complete");
  });

  it("refuses another shell and names those it knows", async () => {
    const { code, err } = await smc("completion tcsh");
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain("bash, zsh, fish");
  });

  it("offers the names of the services file, of the deployment that the words name", async () => {
    const files = {
      "conf/services.yaml": `
smc: 1
default: here
deployments:
  here: {site: a.example.com, transport: local, machines: {one: {dc: DC0, vpn: 127.0.0.1}}}
  there: {site: b.example.com, transport: local, machines: {two: {dc: DC0, vpn: 127.0.0.2, role: web}}}
`,
    };
    expect((await smc("__complete ssh ''", { files })).out).toBe("one\thost\ntwo\thost\n@web\thost\n");
    expect((await smc("__complete -d there ssh ''", { files })).out).toBe("two\thost\n@web\thost\n");
    expect((await smc("__complete ssh -d ''", { files })).out).toBe("here\tdeployment\nthere\tdeployment\n");
  });

  it("offers nothing, and says nothing, where the services file is missing or wrong", async () => {
    expect(await smc("__complete ssh ''")).toMatchObject({ code: 0, out: "", err: "" });
    const wrong = { files: { "conf/services.yaml": "smc: [" } };
    expect(await smc("__complete ssh ''", wrong)).toMatchObject({ code: 0, out: "", err: "" });
  });

  it("answers with one candidate a line and its meaning", async () => {
    const { out } = await smc("__complete compl");
    expect(out).toBe("completion\tPrint the script that makes a shell complete smc\n");
  });
});
