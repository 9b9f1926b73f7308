import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const services = `
smc: 1
default: cloud
defaults: {user: salvus}
ports: {ssh: 2222}
deployments:
  cloud:
    site: cloud.example.com
    machines:
      web1: {dc: DC0, vpn: 127.0.0.1}
      web2: {dc: DC0, vpn: 127.0.0.2}
  local:
    site: localhost
    transport: local
    machines: {here: {dc: DC0, vpn: 127.0.0.3}}
`;

interface SshCall extends SmcResult {
  /** The words that ssh was called with. */
  words: readonly string[];
}

/**
 * Runs with an `ssh` that notes its words and ends with `exit`. Nothing else is on PATH and all addresses are loopback, so
 * a fault of the test cannot reach another machine by the real ssh.
 */
async function withFakeSsh(line: string, exit = 0, env: Record<string, string> = {}): Promise<SshCall> {
  const directory = await temporaryFolder();
  const folder = join(directory, "bin");
  await mkdir(folder);
  await writeFile(
    join(folder, "ssh"),
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${directory}/words"\nexit ${exit}\n`,
    { mode: 0o755 },
  );
  const files = { "conf/services.yaml": services, "lab/config": "" };
  const result = await smc(line, { directory, files, env: { PATH: folder, ...env } });
  const words = await readFile(join(directory, "words"), "utf8").catch(() => "");
  return { ...result, words: words.split("\n").slice(0, -1) };
}

describe("smc ssh", () => {
  it("goes to the address of the services file, as its user, with its host key rule", async () => {
    const { code, words } = await withFakeSsh("ssh web1 --connect-timeout 3");
    expect(code).toBe(ExitCode.Done);
    expect(words.join(" ")).toBe(
      "-o HostName=127.0.0.1 -o ConnectTimeout=3 -o StrictHostKeyChecking=yes -p 2222 -l salvus -- web1",
    );
  });

  it("reads the configuration that SMC_SSH_CONFIG names, by its absolute path", async () => {
    const { words, directory } = await withFakeSsh("ssh web1", 0, { SMC_SSH_CONFIG: "lab/config" });
    expect(words.slice(0, 2)).toEqual(["-F", join(directory, "lab/config")]);
  });

  it("keeps the words of a command apart, and leaves a single one to the shell of the host", async () => {
    expect((await withFakeSsh("ssh web1 -- ls -l 'a b'")).words.at(-1)).toBe("ls -l 'a b'");
    expect((await withFakeSsh("ssh web1 -- 'ls | wc -l'")).words.at(-1)).toBe("ls | wc -l");
  });

  it("exits 1 when ssh does not end well", async () => {
    const { code, words } = await withFakeSsh("ssh web1", 255);
    expect(code).toBe(ExitCode.Failed);
    expect(words.at(-1)).toBe("web1");
  });

  it.each([
    ["ssh web[1-2]", "one host, and web[1-2] is web[1-2]", "smc run"],
    ["ssh -d local here", "here of local is this machine", "smc -d local run"],
  ])("%s: exit 2 and what to type instead", async (line, message, hint) => {
    const { code, err, words } = await withFakeSsh(line);
    expect(code).toBe(ExitCode.Usage);
    expect(err).toContain(message);
    expect(err).toContain(hint);
    expect(words).toEqual([]);
  });

  it("only shows the command with --dry-run", async () => {
    const { out, words } = await withFakeSsh("ssh web1 -n");
    expect(out).toContain("would run ssh -o HostName\\=127.0.0.1");
    expect(words).toEqual([]);
  });
});
