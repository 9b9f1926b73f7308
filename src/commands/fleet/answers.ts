import type { HostName } from "../../base/names.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { foldEqual, type Fold } from "../../report/fold.ts";
import type { CommandResult } from "../../transport/model.ts";
import { describeEnd } from "./describe-end.ts";

/** Answers of many hosts as text: equal ones once, under the folded names of the hosts that gave them. */
export function printAnswers(results: readonly CommandResult[]): string {
  return foldEqual(results, ({ end, stdout, stderr }) => [describeEnd(end), stdout, stderr])
    .map(printFold)
    .join("");
}

function printFold({ names, hosts, answer }: Fold<CommandResult>): string {
  const count = hosts.length === 1 ? "" : ` (${hosts.length} hosts)`;
  const lines = [`${names}${count}: ${describeEnd(answer.end)}`, ...indent(answer.stdout, "  ")];
  lines.push(...indent(answer.stderr, "  stderr: "));
  if (answer.end.kind === "unreachable" && answer.end.hint !== undefined)
    lines.push(`  next: ${answer.end.hint}`);
  return `${lines.join("\n")}\n`;
}

function indent(text: string, prefix: string): string[] {
  if (text === "") return [];
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map(line => `${prefix}${line}`);
}

/** The last line: `12 hosts: 10 ok, 1 failed (web3), 1 not asked (web4)`. */
export function totalLine(results: readonly CommandResult[], notAsked: readonly HostName[]): string {
  const failed = results.filter(({ ok }) => !ok).map(({ host }) => host);
  const total = results.length + notAsked.length;
  const parts = [`${results.length - failed.length} ok`];
  if (failed.length > 0) parts.push(`${failed.length} failed (${foldNames(failed)})`);
  if (notAsked.length > 0) parts.push(`${notAsked.length} not asked (${foldNames(notAsked)})`);
  return `${total} ${total === 1 ? "host" : "hosts"}: ${parts.join(", ")}\n`;
}

/** The same for scripts: one versioned object. Durations in milliseconds. */
export function answersToJson(
  argv: readonly string[],
  results: readonly CommandResult[],
  notAsked: readonly HostName[],
): object {
  return {
    version: 1,
    command: argv,
    hosts: results.map(({ host, ok, end, stdout, stderr, duration }) => ({
      host,
      ok,
      end,
      stdout,
      stderr,
      duration,
    })),
    notAsked,
  };
}
