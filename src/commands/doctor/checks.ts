import { counted } from "../../base/counted.ts";
import { formatDuration, formatSize, type Bytes, type Milliseconds } from "../../base/units.ts";
import { holderOf, LISTENING_COMMAND, readListening, type ListenAddress } from "../../engine/listening.ts";
import type { RenderedInstance } from "../../services/model.ts";
import type { CommandResult, RunOptions } from "../../transport/model.ts";

/** What a check found: fine, doubtful, or something that will stop smc from working on the host. */
export interface Finding {
  check: string;
  verdict: "ok" | "warning" | "problem";
  detail: string;
  hint?: string;
}

/** A question to a host, and how its answer is judged. */
export interface Check {
  name: string;
  argv: readonly string[];
  runAs?: RunOptions["runAs"];
  judge(result: CommandResult): Omit<Finding, "check">;
}

/** A node that fills its disk stops; compaction alone can need half as much again. */
const FREE_WARNING = 0.15;
const FREE_PROBLEM: Bytes = 512 * 1024 ** 2;
/** Cassandra orders writes by the clocks of its clients and nodes; NTP keeps hosts well below this. */
const SKEW_WARNING: Milliseconds = 250;
const SKEW_PROBLEM: Milliseconds = 2000;

/** Whether smc may become root without a password being typed. */
export const sudoCheck: Check = {
  name: "sudo",
  argv: ["true"],
  runAs: "root",
  judge: result =>
    result.ok
      ? { verdict: "ok", detail: "may become root" }
      : {
          verdict: "problem",
          detail: "reason" in result.end ? result.end.reason : "sudo failed",
          hint: "allow the login user passwordless sudo, or set `ssh: {become: none}`",
        },
};

/** Free space where the paths are or will be: of the nearest folder that exists. */
export function diskCheck(paths: readonly string[]): Check {
  const script = `for p do while [ ! -e "$p" ]; do p=$(dirname "$p"); done; df -Pk "$p" | tail -n 1; done`;
  return { name: "disk", argv: ["sh", "-c", script, "sh", ...paths], judge: judgeDisk };
}

/**
 * Reads the data lines of `df -Pk` (POSIX.1-2017: device, blocks, used, available, capacity, mount point, in KiB).
 * A line that is not of that form is a problem, not skipped.
 */
export function judgeDisk(result: CommandResult): Omit<Finding, "check"> {
  if (!result.ok) return { verdict: "problem", detail: `df failed: ${result.stderr.trim()}` };
  const rows = result.stdout.trim().split("\n").map(readDiskRow);
  const unread = rows.find(row => "unread" in row);
  if (unread !== undefined)
    return { verdict: "problem", detail: `df printed what smc cannot read: ${unread.unread}` };
  const disks = rows.flatMap(row => ("unread" in row ? [] : [row]));
  const worst = disks.sort((a, b) => a.free / a.size - b.free / b.size)[0];
  if (worst === undefined) return { verdict: "problem", detail: "df printed nothing" };
  const detail = `${formatSize(worst.free)} of ${formatSize(worst.size)} free on ${worst.mount}`;
  if (worst.free < FREE_PROBLEM) return { verdict: "problem", detail };
  return { verdict: worst.free / worst.size < FREE_WARNING ? "warning" : "ok", detail };
}

/** The bytes that are free at each path of a disk check, in its order; undefined when df says what smc cannot read. */
export function freeAt({ ok, stdout }: CommandResult): readonly Bytes[] | undefined {
  const rows = stdout.trim().split("\n").map(readDiskRow);
  return ok && rows.every(row => "free" in row) ? rows.map(({ free }) => free) : undefined;
}

function readDiskRow(line: string): { size: Bytes; free: Bytes; mount: string } | { unread: string } {
  const match = /^\S.*?\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s+(\/.*)$/.exec(line);
  if (match === null) return { unread: line };
  return { size: Number(match[1]) * 1024, free: Number(match[3]) * 1024, mount: match[4] ?? "" };
}

/** A Java that runs Cassandra 4.1 and 5.0. */
export function javaCheck(java: string): Check {
  return { name: "java", argv: [java, "-version"], judge: judgeJava };
}

/** Reads the first line of `java -version` (on stderr): `openjdk version "17.0.15" 2025-04-15`. */
export function judgeJava(result: CommandResult): Omit<Finding, "check"> {
  const hint = "apt-get install openjdk-17-jre-headless";
  const major = featureOf(result);
  if (major === undefined) return { verdict: "problem", detail: "no Java that answers", hint };
  if (major === 11 || major === 17) return { verdict: "ok", detail: `Java ${major}` };
  return { verdict: "problem", detail: `Java ${major}; Cassandra 4.1 and 5.0 run on 11 or 17`, hint };
}

/** The feature release of a Java, 17, from what `java -version` answers; undefined when it does not. */
export function featureOf({ ok, stdout, stderr }: CommandResult): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?[^"]*"/.exec(stderr + stdout) ?? [];
  return ok && first !== undefined ? Number(first === "1" ? second : first) : undefined;
}

/** The difference of the host's clock and ours; the half of the round trip is not counted against it. */
export const clockCheck: Check = { name: "clock", argv: ["date", "+%s%3N"], judge: judgeClock };

export function judgeClock(result: CommandResult): Omit<Finding, "check"> {
  const theirs = Number(result.stdout.trim());
  if (!result.ok || !/^\d+$/.test(result.stdout.trim())) {
    return { verdict: "problem", detail: "date did not answer with a number" };
  }
  const ours = result.startedAt + result.duration / 2;
  const skew = Math.max(0, Math.abs(theirs - ours) - result.duration / 2);
  const detail =
    skew === 0 ? "agrees with ours" : `${formatDuration(skew)} ${theirs > ours ? "ahead" : "behind"}`;
  const hint = "let a time service (chrony, systemd-timesyncd) set the clock";
  if (skew >= SKEW_PROBLEM) return { verdict: "problem", detail, hint };
  return skew >= SKEW_WARNING ? { verdict: "warning", detail, hint } : { verdict: "ok", detail };
}

/** Names files in the .ssh folders of all accounts that are private keys, whatever they are called. */
const PRIVATE_KEYS = `getent passwd | cut -d: -f6 | sort -u | while IFS= read -r home; do
  for file in "$home"/.ssh/*; do
    if [ -f "$file" ] && grep -qs -e 'PRIVATE KEY-----' "$file"; then echo "$file"; fi
  done
done`;

/** A compute server runs what strangers write: no key that opens another host may be there. */
export function strangersCheck(administers: boolean): Check {
  return {
    name: "keys",
    argv: ["sh", "-c", PRIVATE_KEYS],
    ...(administers ? { runAs: "root" } : {}),
    judge: judgePrivateKeys,
  };
}

function judgePrivateKeys({ ok, stdout, stderr }: CommandResult): Omit<Finding, "check"> {
  if (!ok) return { verdict: "problem", detail: `could not be looked at: ${stderr.trim()}` };
  const files = stdout.split("\n").filter(line => line !== "");
  if (files.length === 0) return { verdict: "ok", detail: "no private key in any .ssh" };
  return {
    verdict: "problem",
    detail: `a compute server has ${files.join(", ")}: whoever breaks out of a project has it`,
    hint: "remove it, and take its public half off the hosts that it opens",
  };
}

/** What `smc prepare` would do: a script prints a line for everything that is not so. */
export function preparedCheck(script: string, host: string): Check {
  return {
    name: "prepared",
    argv: ["sh", "-c", script],
    judge: ({ ok, stdout }) => {
      if (!ok) return { verdict: "warning", detail: "could not be looked at" };
      const missing = stdout.split("\n").filter(line => line !== "");
      if (missing.length === 0) return { verdict: "ok", detail: "has what smc prepare gives" };
      return { verdict: "warning", detail: `lacks ${missing.join(", ")}`, hint: `smc prepare ${host}` };
    },
  };
}

/** A port of a service that smc does not run there must be free. */
export interface WantedPort extends ListenAddress {
  instance: string;
}

/** Which of the ports are taken. */
export function portsCheck(wanted: readonly WantedPort[]): Check {
  return { name: "ports", argv: LISTENING_COMMAND, judge: result => judgePorts(wanted, result) };
}

export function judgePorts(wanted: readonly WantedPort[], result: CommandResult): Omit<Finding, "check"> {
  if (!result.ok)
    return {
      verdict: "problem",
      detail: `ss failed: ${result.stderr.trim()}`,
      hint: "apt-get install iproute2",
    };
  const sockets = readListening(result.stdout);
  if ("unread" in sockets)
    return { verdict: "problem", detail: `ss printed what smc cannot read: ${sockets.unread}` };
  const taken = wanted.filter(want => holderOf(sockets, want) !== undefined);
  if (wanted.length === 0) return { verdict: "ok", detail: "all held by the services that they are for" };
  if (taken.length === 0) return { verdict: "ok", detail: `${counted(wanted.length, "port")} free` };
  const detail = taken.map(({ port, instance }) => `${port} (${instance})`).join(", ");
  return {
    verdict: "problem",
    detail: `taken by another program: ${detail}`,
    hint: "ss -ltnp  on the host names it",
  };
}

/** Whether somebody else than the host itself can command a program. */
export function controlCheck(control: Control): Check {
  return {
    name: control.name,
    argv: LISTENING_COMMAND,
    judge: result => judgeControl(control, result),
  };
}

type Control = NonNullable<RenderedInstance["control"]>;

/** An address that no other host reaches, as ss(8) prints it. */
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export function judgeControl(
  { ports, password }: Omit<Control, "name">,
  result: CommandResult,
): Omit<Finding, "check"> {
  const sockets = result.ok ? readListening(result.stdout) : { unread: result.stderr.trim() };
  if ("unread" in sockets) return { verdict: "problem", detail: `ss did not tell: ${sockets.unread}` };
  const doors = sockets.filter(({ port }) => ports.includes(port));
  const open = doors.filter(({ address }) => !LOOPBACK.test(address));
  const places = (open.length > 0 ? open : doors).map(({ address, port }) => `${address}:${port}`);
  const where = [...new Set(places)].join(", ");
  if (open.length === 0)
    return { verdict: "ok", detail: doors.length === 0 ? "nobody listens" : `${where}, this host only` };
  if (password) return { verdict: "ok", detail: `${where}, with a password by the services file` };
  return {
    verdict: "problem",
    detail: `open at ${where} without a password: who reaches it commands the node, its data included`,
    hint: "take the port out of jvm_options, or add jmxremote.authenticate=true and its password file",
  };
}
