import { StatusExitCode, type ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import { administratorOf } from "../../inventory/administrator.ts";
import type { Host } from "../../inventory/model.ts";
import { unknownMembers } from "../../vpn/keys.ts";
import { isBroken, linksOf, parseReach, reachCommand, type Link, type Reach } from "../../vpn/check.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import type { CommandContext } from "../model.ts";
import { lookAtVpn, onVpn, vpnTargets, type VpnAsk, whyOf } from "./network.ts";

/** Three pings to everybody at once, and the daemon's own list. */
const CHECK_TIMEOUT: Milliseconds = 30_000;

interface Matrix {
  members: readonly Host[];
  links: readonly Link[];
  /** Members, and hosts that may be some, that could not be asked, with why. */
  silent: readonly { host: HostName; why: string }[];
}

/** `smc vpn check`: every member pings every other; shows who does not reach whom, and who does only over a third. */
export function checkVpn(context: CommandContext<unknown>): Promise<ExitCode> {
  return onVpn(context, [], async ask => {
    const { request } = await lookAtVpn(ask);
    const members = request.network.hosts.filter(({ name }) => request.keys.has(name));
    const pinged = await pingAll(ask, members);
    const unknown = unknownMembers(request).map(({ name }) => ({ host: name, why: whyOf(request, name) }));
    const matrix = { ...pinged, silent: [...pinged.silent, ...unknown] };
    const { stdout } = context.io;
    if (context.global.json) stdout.write(`${JSON.stringify(toJson(matrix))}\n`);
    else stdout.write(toText(matrix));
    if (matrix.silent.length > 0) return StatusExitCode.Unreachable;
    return matrix.links.some(isBroken) ? StatusExitCode.NotAllRunning : StatusExitCode.AllRunning;
  });
}

async function pingAll(ask: VpnAsk, members: readonly Host[]): Promise<Matrix> {
  const { context, site, transport, network } = ask;
  const byName = new Map(members.map(host => [host.name, host]));
  const administrator = administratorOf(site.deployment);
  const answers = await askAll<{ host: HostName; reach: Reach } | { host: HostName; why: string }>({
    context,
    targets: vpnTargets(ask, members),
    title: "pinging over the VPN",
    concurrency: site.deployment.ssh.parallel,
    ask: async (target, signal) => {
      const addresses = members.filter(({ name }) => name !== target.name).map(({ address }) => address);
      const account = administrator === undefined ? {} : { runAs: administrator };
      const limits = { timeout: CHECK_TIMEOUT, signal, ...account };
      const result = await transport.connection(target).run(reachCommand(addresses), limits);
      if (!result.ok) return { host: target.name, why: describeEnd(result.end) };
      const reach = parseReach(result.stdout);
      if (reach === undefined) return { host: target.name, why: "its answer is not what smc reads" };
      return { host: target.name, reach };
    },
  });
  const links = answers.flatMap(answer => {
    const from = byName.get(answer.host);
    if (from === undefined || "why" in answer) return [];
    return linksOf(from, answer.reach, { members, mesh: network.settings.mesh });
  });
  return { members, links, silent: answers.flatMap(answer => ("why" in answer ? [answer] : [])) };
}

function toText({ members, links, silent }: Matrix): string {
  const dead = links.filter(({ kind }) => kind === "silent");
  const detours = links.filter(({ kind, expected }) => kind === "relayed" && expected);
  const lines = [
    ...silent.map(({ host, why }) => `${host} could not be asked: ${why}`),
    ...[...Map.groupBy(dead, ({ from }) => from)].map(
      ([from, group]) => `${from} does not reach ${foldNames(group.map(({ to }) => to))}`,
    ),
    ...detours.map(({ from, to, by = "" }) => `${from} reaches ${to} over ${by}, not directly`),
    totalLine(members, links),
  ];
  return lines.map(line => `${line}\n`).join("");
}

function totalLine(members: readonly Host[], links: readonly Link[]): string {
  const answered = links.filter(({ kind }) => kind !== "silent");
  const slowest = Math.max(0, ...answered.map(({ latency = 0 }) => latency));
  const direct = links.filter(({ kind }) => kind === "direct").length;
  const meant = links.filter(({ kind, expected }) => kind === "relayed" && !expected).length;
  const relayed = meant === 0 ? "" : ` and ${meant} over a third, as neither connects to the other`;
  return `${members.length} members, ${links.length} ways: ${answered.length} answer, ${direct} of them directly${relayed}, the slowest in ${slowest.toFixed(1)} ms`;
}

function toJson({ members, links, silent }: Matrix): object {
  return { version: 1, members: members.map(({ name }) => name), links, silent };
}
