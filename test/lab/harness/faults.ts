import { attempt, run } from "./command.ts";
import { emptyDisk, fillDisk } from "./disk.ts";
import type { HostLayout } from "./layout.ts";

const TABLE = "smc_lab";

/** Pulls the network cable: neighbours get no answer, connections hang and then fail with "no route to host". */
export async function cut(host: HostLayout): Promise<void> {
  await run(["ip", "link", "set", host.cable, "down"]);
}

/** Makes the host a black hole: it drops every packet, in and out, and answers nothing. */
export async function blackhole(host: HostLayout): Promise<void> {
  await applyRules(host, `chain in { type filter hook input priority 0; policy drop; };`);
}

/** Drops what comes from one address; the host answers all others. */
export async function blackholeFrom(host: HostLayout, address: string): Promise<void> {
  await applyRules(host, `chain in { type filter hook input priority 0; ip saddr ${address} drop; };`);
}

/** Takes all free space of the host's disk. */
export async function fill(host: HostLayout): Promise<void> {
  await fillDisk(host);
}

/** Undoes every fault of this file. */
export async function heal(host: HostLayout): Promise<void> {
  await run(["ip", "link", "set", host.cable, "up"]);
  await attempt(inNamespace(host, ["nft", "delete", "table", "inet", TABLE]));
  await emptyDisk(host);
}

async function applyRules(host: HostLayout, chain: string): Promise<void> {
  await run(inNamespace(host, ["nft", "-f", "-"]), { input: `table inet ${TABLE} { ${chain} }\n` });
}

function inNamespace(host: HostLayout, argv: readonly string[]): string[] {
  return ["ip", "netns", "exec", host.machine, ...argv];
}
