import { join } from "node:path";
import { parse } from "shell-quote";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { smc, type SmcResult } from "../helpers/smc.ts";
import { SshSite } from "../transport/ssh/ssh-site.ts";

/**
 * What a verb that only looks may run on a host, as the shell gets it. Each of these reads; a new one is added here by
 * somebody who has seen that it changes nothing.
 */
const READS = [
  /^true$/,
  /^date \+%s%3N$/,
  /^(java|\/\S+\/java) -version$/,
  /^ss -Hltnp$/,
  /^ps -o rss= -p \d+$/,
  /^tail (-n \d+|--lines=\d+) \S+\.log$/,
  /^env TZ=UTC systemctl show --no-pager --property=\S+( \S+\.service)+$/,
  /^sh -c for p do while .* df -Pk "\$p" \| tail -n 1; done sh( \S+)+$/,
  /^sh -c test -d "\$1" .* exit 1; }\nfind "\$1" [^;|]* \| awk -F '\\t' '[^']*' sh \S+$/,
  /^sh -c PATH="\$PATH:\S+"; "\$@" sh (nginx|haproxy) -v$/,
  /^sh -c PATH="\$PATH:\S+"; "\$@" sh readlink \/opt\/smc\/\w+\/current$/,
  /^sh -c PATH="\$PATH:\S+"; folder=\$1 unit=\$2 key=\$3\n[^>]*(2?>\/dev\/null[^>]*)*echo @end sh \/etc\/tinc\/smc tinc@smc\.service rsa_key$/,
  /^sh -c PATH="\$PATH:\S+"; folder=\$1 unit=\$2 path=\$3\n[^>]*(2?>(\/dev\/null|&1)[^>]*)*echo @end sh \/etc\/smc\/firewall smc-firewall\.service \S+$/,
  /^sh -c echo "\$SSH_CONNECTION"$/,
  /^sh -c cd "\$1" 2>\/dev\/null [^>]*echo end sh \/opt\/smc\/\w+$/,
  /^sh -c PATH="\$PATH:\S+"; echo "== reboot"\n([^>]|2>\/dev\/null)*echo "== end" sh$/,
  // Without this word it also refreshes the lists of packages, which is said of it.
  /^sh -c PATH="\$PATH:\S+"; command -v apt-get [^]*apt-mark showhold\n[^]*dpkg --audit\n[^]* sh as-is 60$/,
];

const site = new SshSite();
const commands: string[] = [];
let services = "";

beforeAll(async () => {
  const server = await site.serve({
    onCommand: (channel, command) => {
      commands.push(command);
      const answer = answerTo(command);
      if (answer !== undefined) channel.write(answer);
      channel.exit(answer === undefined ? 1 : 0);
      channel.close();
    },
  });
  services = JSON.stringify({
    smc: 1,
    default: "here",
    ports: { ssh: server.port },
    defaults: { user: "tester", ssh: { become: "sudo" } },
    machines: { one: { vpn: "127.0.0.1", dc: "DC0" }, two: { vpn: "127.0.0.2", dc: "DC0" } },
    deployments: {
      here: {
        site: "here.example",
        vpn: { netmask: "255.255.255.0" },
        services: {
          cassandra: { at: ["one", "two"], seeds: ["one"], replication: { k: { DC0: 2 } } },
          hub: { at: ["one", "two"], keyspace: "k", source: { folder: ".", version: "1" } },
          nginx: { at: "one" },
          haproxy: { at: "one" },
        },
      },
    },
  });
});
beforeEach(() => void (commands.length = 0));
afterAll(() => site.close());

function look(line: string): Promise<SmcResult> {
  const env = { SMC_SSH_CONFIG: join(site.folder, "config") };
  return smc(line, { files: { "conf/services.yaml": services }, env });
}

/** Every unit runs, so that all that is asked of one that runs is asked; anything else fails. */
function answerTo(command: string): string | undefined {
  const units = command.includes("systemctl show") ? [...command.matchAll(/\S+\.service/g)] : [];
  const block = "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=42\nInvocationID=a\n";
  return units.length === 0 ? undefined : units.map(() => block).join("\n");
}

/** The command itself, without what the transport wraps every one in. */
function bare(command: string): string {
  const words = parse(command, name => `$${name}`).map(word => (typeof word === "string" ? word : "&&"));
  const line = words.join(" ").replace(/^export (\w+=\S+ )+&& exec /, "");
  if (/^sudo -n -u \w+ -- sh -c /.test(line)) return bare(words.at(-1) ?? "");
  return line.replace(/^timeout -s KILL [\d.]+ /, "");
}

const isRead = (command: string): boolean => READS.some(read => read.test(bare(command)));

describe("a verb that only looks", () => {
  it.each([
    "status",
    "status cassandra --json",
    "doctor",
    "logs all",
    "snapshot list",
    "vpn status",
    "firewall plan",
    "firewall status",
    "firewall apply --dry-run",
    "plan restart hub",
    "plan stop all",
    "plan restart cassandra",
    "release status",
    "release hub --dry-run",
    "release hub --rollback --dry-run",
    "release packages --no-refresh --dry-run",
  ])("runs nothing on a host that could change it: smc %s", async line => {
    await look(line);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter(command => !isRead(command)).map(bare)).toEqual([]);
  });

  it.each([
    "start all --dry-run",
    "stop all --dry-run",
    "restart cassandra --rolling --dry-run",
    "reload haproxy --dry-run",
    "install all --dry-run",
    "plan start all --dry-run",
    "check",
    "inventory",
    "hosts",
  ])("asks no host at all: smc %s", async line => {
    const { code, err } = await look(line);
    expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
    expect(commands).toEqual([]);
  });

  it("is told apart from one that acts", async () => {
    await look("start nginx --yes");
    expect(commands.some(command => !isRead(command))).toBe(true);
  });
});
