import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HostName } from "../../../base/names.ts";
import type { Milliseconds } from "../../../base/units.ts";
import { uuidOf } from "../../../machines/identity.ts";
import { LOOK_AT_SYSTEMS, parseSystems, type SeenSystems } from "../../../machines/kept.ts";
import { ROOT } from "../../../machines/places.ts";
import type { ImageSums } from "../../../machines/release-images.ts";
import type { MachineSights } from "../../../machines/release.ts";
import type { Vm } from "../../../machines/vm.ts";
import { targetOf } from "../../../services/planners/planned-instance.ts";
import { describeEnd } from "../../fleet/describe-end.ts";
import { askAll } from "../../fleet/fan-out.ts";
import { imagesHere, namesOfImagesHere } from "../../image/here.ts";
import type { Site } from "../../load.ts";
import { renderingSite } from "../../selected-hosts.ts";
import { rootOptions, type VmAsk } from "../../vm/observe.ts";

const LOOK_TIMEOUT: Milliseconds = 40_000;

/** What the machines of these VMs tell of their systems, all at once; nothing is changed. */
export async function lookAtSystems(ask: VmAsk, vms: readonly Vm[]): Promise<MachineSights> {
  const { context, site, transport } = ask;
  const rendering = renderingSite(context, site);
  const byMachine = Map.groupBy(vms, ({ machine }) => machine.name);
  const machines = new Map(vms.map(({ machine }) => [machine.name, targetOf(rendering, machine)]));
  const answers = await askAll<[HostName, SeenSystems | { why: string }]>({
    context,
    targets: [...machines.values()],
    title: "looking at the machines",
    concurrency: machines.size,
    ask: async target => {
      const words = (byMachine.get(target.name) ?? []).flatMap(vm => [vm.name, uuidOf(vm)]);
      const { ok, end, stdout, stderr } = await transport
        .connection(target)
        .run(["sh", "-c", LOOK_AT_SYSTEMS, "sh", ROOT, ...words], {
          ...rootOptions(ask),
          timeout: LOOK_TIMEOUT,
        });
      if (!ok)
        return [target.name, { why: `${describeEnd(end)} ${stderr.trim().split("\n").at(-1) ?? ""}`.trim() }];
      return [target.name, parseSystems(stdout) ?? { why: "its answer is not what smc reads" }];
    },
  });
  return new Map(answers);
}

/** The images that were built here. */
export async function sumsHere(site: Site): Promise<ImageSums> {
  const sums = await Promise.all(
    namesOfImagesHere(site).map(async (name): Promise<[string, string]> => {
      const list = await readFile(join(imagesHere(site), name, "SHA256SUMS"));
      return [name, createHash("sha256").update(list).digest("hex")];
    }),
  );
  return new Map(sums);
}
