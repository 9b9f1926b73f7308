import { StatusExitCode, type ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { formatSize } from "../../base/units.ts";
import type { SeenVm } from "../../machines/seen.ts";
import type { Vm } from "../../machines/vm.ts";
import { renderTable } from "../../report/table.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";
import { lookAtImages } from "./backing.ts";
import { lookAtMachines, seenVms, type VmAsk } from "./observe.ts";
import { vmsOfWords } from "./words.ts";

/** `smc vm list [VM…]`: the VMs of the deployment as their machines see them. Exits 4 when a machine does not tell. */
export async function listVms(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const vms = vmsOfWords(context, site, words);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const seen = seenVms(await lookAtMachines(ask, vms, { kvm: false }));
    const images = await imagesOf(ask, vms);
    const rows = vms.map(vm => rowOf(vm, seen.get(vm.name), images));
    const { stdout } = context.io;
    if (context.global.json) stdout.write(`${JSON.stringify({ version: 1, vms: rows }, null, 2)}\n`);
    else stdout.write(toText(rows));
    return rows.some(({ state }) => state === "unknown")
      ? StatusExitCode.Unreachable
      : StatusExitCode.AllRunning;
  } finally {
    await transport.close();
  }
}

interface VmRow {
  vm: HostName;
  machine: HostName;
  state: string;
  address: string;
  image: string | undefined;
  used: number | undefined;
  detail: string | undefined;
}

function rowOf({ name, machine, host }: Vm, seen: SeenVm | undefined, { now, before }: ImagesOfVms): VmRow {
  const kept = before.get(name);
  return {
    vm: name,
    machine: machine.name,
    state: seen?.state ?? "unknown",
    address: host.address,
    image: now.get(name),
    used: seen?.used,
    detail: seen?.why ?? (kept === undefined ? undefined : `its system of before is kept aside: ${kept}`),
  };
}

function toText(rows: readonly VmRow[]): string {
  return renderTable(
    ["vm", "machine", "state", "address", "image", "on disk", ""],
    rows.map(({ vm, machine, state, address, image, used, detail }) => [
      vm,
      machine,
      state,
      address,
      image ?? "",
      used === undefined || used === 0 ? "" : formatSize(used),
      detail ?? "",
    ]),
  );
}

/** The image of each VM, and the one that it had before where that system is kept. */
interface ImagesOfVms {
  now: ReadonlyMap<HostName, string>;
  before: ReadonlyMap<HostName, string>;
}

async function imagesOf(ask: VmAsk, vms: readonly Vm[]): Promise<ImagesOfVms> {
  const rendering = renderingSite(ask.context, ask.site);
  const targets = new Map(vms.map(({ machine }) => [machine.name, targetOf(rendering, machine)]));
  const machines = await lookAtImages(ask, [...targets.values()]);
  const told = machines.flatMap(seen => ("ofVm" in seen ? [seen] : []));
  return {
    now: new Map(told.flatMap(({ ofVm }) => [...ofVm])),
    before: new Map(told.flatMap(({ ofKept }) => [...ofKept])),
  };
}
