import { ExitCode, StatusExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import { imagePlaces } from "../../machines/places.ts";
import { renderTable } from "../../report/table.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { lookAtImages } from "../vm/backing.ts";
import { rootOptions } from "../vm/observe.ts";
import { machinesOf } from "./change.ts";

/** An image of many gigabytes is read within this. */
const VERIFY_TIMEOUT: Milliseconds = 1_800_000;

/** `smc image list [MACHINE…]`: which machine has which image, and which VMs lie over it, or did before they were made anew. Exits 4 when a machine does not tell. */
export async function listImages(
  context: CommandContext<unknown>,
  words: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const transport = openTransport(context.io);
  try {
    const seen = await lookAtImages({ context, site, transport }, machinesOf(context, site, words));
    const told = seen.flatMap(machine => ("images" in machine ? [machine] : []));
    const silent = seen.flatMap(machine => ("why" in machine ? [machine] : []));
    const names = [...new Set(told.flatMap(({ images }) => images))].sort();
    const images = names.map(image => ({
      image,
      machines: told.filter(machine => machine.images.includes(image)).map(({ machine }) => machine),
      vms: told.flatMap(({ ofVm }) => vmsOver(ofVm, image)),
      kept: told.flatMap(({ ofKept }) => vmsOver(ofKept, image)),
    }));
    const { stdout, stderr } = context.io;
    if (context.global.json) {
      stdout.write(`${JSON.stringify({ version: 1, images, notAsked: silent }, null, 2)}\n`);
    } else {
      const rows = images.map(({ image, machines, vms, kept }) => [
        image,
        foldNames(machines),
        foldNames(vms),
        foldNames(kept),
      ]);
      const headings = ["image", "machines", "vms", "kept aside"];
      stdout.write(rows.length === 0 ? "no machine has an image\n" : renderTable(headings, rows));
      silent.forEach(({ machine, why }) => void stderr.write(`${machine}: ${why}\n`));
    }
    return silent.length === 0 ? ExitCode.Done : StatusExitCode.Unreachable;
  } finally {
    await transport.close();
  }
}

function vmsOver(images: ReadonlyMap<HostName, string>, image: string): HostName[] {
  return [...images].filter(([, of]) => of === image).map(([vm]) => vm);
}

/** `smc image verify NAME [MACHINE…]`: reads an image on its machines and compares its checksums. Exits 1 where one is not as it was made. */
export async function verifyImage(
  context: CommandContext<unknown>,
  image: string,
  words: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const machines = machinesOf(context, site, words);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport };
    const answers = await askAll<{ machine: HostName; right: boolean; known: boolean; detail: string }>({
      context,
      targets: machines,
      title: `verifying ${image}`,
      concurrency: machines.length,
      ask: async target => {
        const argv = ["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"];
        const { ok, end, stdout, stderr } = await transport.connection(target).run(argv, {
          ...rootOptions(ask),
          timeout: VERIFY_TIMEOUT,
          directory: imagePlaces(image).folder,
        });
        const said = `${stdout}${stderr}`.trim().split("\n")[0] ?? "";
        const known = ok || end.kind === "exited";
        const detail = ok ? "" : `${describeEnd(end)} ${said}`.trim();
        return { machine: target.name, right: ok, known, detail };
      },
    });
    const { stdout } = context.io;
    if (context.global.json)
      stdout.write(`${JSON.stringify({ version: 1, image, machines: answers }, null, 2)}\n`);
    else {
      const rows = answers.map(({ machine, right, known, detail }) => [
        machine,
        right ? "as made" : known ? "not so" : "unknown",
        detail,
      ]);
      stdout.write(renderTable(["machine", image, ""], rows));
    }
    return answers.every(({ right }) => right) ? ExitCode.Done : ExitCode.Failed;
  } finally {
    await transport.close();
  }
}
