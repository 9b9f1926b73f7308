import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../src/cli/main.ts";
import type { Io } from "../../../src/commands/model.ts";
import { loopbackHosts, report } from "./run.ts";

/** The same by `smc run`: the services file, the selection, the display and the folding of the answers included. */
const [count, port, user = "", , sshConfigFile = ""] = process.argv.slice(2);
const hosts = loopbackHosts(Number(count));
const folder = mkdtempSync(join(tmpdir(), "smc-bench-"));
const file = join(folder, "services.yaml");
const machines = hosts.map((address, index) => `  host${index + 1}: {vpn: ${address}}`);
writeFileSync(
  file,
  `smc: 1\ndefaults: {user: ${user}}\nports: {ssh: ${port}}\nmachines:\n${machines.join("\n")}\n` +
    "deployments:\n  bench: {services: {ticker: {at: host1, command: 'true'}}}\n",
);

const said: string[] = [];
const output = { write: (text: string) => said.push(text), isTTY: false };
const io: Io = {
  stdout: output,
  stderr: output,
  stdin: { isTTY: false },
  env: { HOME: folder, PATH: process.env["PATH"], SMC_SSH_CONFIG: sshConfigFile },
  directory: folder,
  ask: () => Promise.reject(new Error("nothing is asked here")),
  onInterrupt: () => () => {},
};
const words = (count: number): string[] => {
  const on = count === 1 ? "host1" : `host[1-${count}]`;
  return ["run", "--file", file, "--on", on, "--yes", "--connect-timeout", "120s", "--", "true"];
};
try {
  await report(hosts, async ({ length }) => {
    const code = await main(words(length), io);
    if (code !== 0) throw new Error(`smc run ended with exit code ${code}: ${said.join("").slice(0, 2000)}`);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
