import { StatusExitCode, type ExitCode } from "../../base/exit-code.ts";
import { renderTable } from "../../report/table.ts";
import { vpnStates, type VpnState } from "../../vpn/status.ts";
import type { CommandContext } from "../model.ts";
import { lookAtVpn, onVpn } from "./network.ts";

const HEADINGS = ["host", "address", "state", "tinc", "key", "note"];

/** `smc vpn status`: who is in the VPN, with which key, and what differs from the services file. */
export function vpnStatus(context: CommandContext<unknown>): Promise<ExitCode> {
  return onVpn(context, [], async ask => {
    const { request, kept } = await lookAtVpn(ask);
    const states = vpnStates(request, kept);
    const { stdout } = context.io;
    if (context.global.json) stdout.write(`${JSON.stringify({ version: 1, hosts: states })}\n`);
    else stdout.write(renderTable(HEADINGS, states.map(toRow)));
    return exitOf(states);
  });
}

function toRow({ host, address, state, version, key, findings }: VpnState): string[] {
  return [host, address, state, version ?? "", key ?? "", findings.join("; ")];
}

function exitOf(states: readonly VpnState[]): ExitCode {
  if (states.some(({ state }) => state === "unknown")) return StatusExitCode.Unreachable;
  const wrong = states.some(({ state, findings }) => state === "stopped" || findings.length > 0);
  return wrong ? StatusExitCode.NotAllRunning : StatusExitCode.AllRunning;
}
