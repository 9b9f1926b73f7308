import type { Milliseconds } from "../../base/units.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import { imageOfPath, keptPlaces, ROOT, vmPlaces } from "../../machines/places.ts";
import { imagesAmong, LIST_FILES, parseFiles } from "../../machines/seen.ts";
import { askAll } from "../fleet/fan-out.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { rootOptions, type VmAsk } from "./observe.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;
/** One line an overlay, also of those that are kept aside: it, and the file that it lies over. */
const BACKING_FILES = `for p in "$1"/vms/*/root.qcow2 "$1"/vms/.kept/*/root.qcow2; do
  [ -e "$p" ] || continue
  base=$(qemu-img info -U "$p" | sed -n 's/^backing file: \\([^ ]*\\).*/\\1/p')
  [ -n "$base" ] || { echo "what $p lies over is not known" >&2; exit 1; }
  printf '%s %s\\n' "$p" "$base"
done`;

/** The images of one machine, and the image of each VM on it, now and before it was made anew; or why nobody knows. */
export type MachineImages = { machine: HostName } & (
  | { images: readonly string[]; ofVm: ReadonlyMap<HostName, string>; ofKept: ReadonlyMap<HostName, string> }
  | { why: string }
);

/** Asks machines for their images and what lies over them, all at once. */
export async function lookAtImages(
  ask: VmAsk,
  machines: readonly HostTarget[],
): Promise<readonly MachineImages[]> {
  return askAll<MachineImages>({
    context: ask.context,
    targets: machines,
    title: "looking at the images",
    concurrency: machines.length,
    ask: async target => {
      const connection = ask.transport.connection(target);
      const options = { ...rootOptions(ask), timeout: LOOK_TIMEOUT };
      const [files, backing] = await Promise.all(
        [LIST_FILES, BACKING_FILES].map(script => connection.run(["sh", "-c", script, "sh", ROOT], options)),
      );
      const failed = [files, backing].find(result => result?.ok !== true);
      if (files === undefined || backing === undefined || failed !== undefined) {
        const why = failed === undefined ? "" : `${describeEnd(failed.end)} ${failed.stderr.trim()}`;
        return { machine: target.name, why: why.trim() };
      }
      const overlays = backing.stdout.split("\n").map(line => line.split(" ", 2));
      return {
        machine: target.name,
        images: imagesAmong(parseFiles(files.stdout)),
        ofVm: imagesBelow(overlays, vm => vmPlaces(vm).overlay),
        ofKept: imagesBelow(overlays, vm => keptPlaces(vm).overlay),
      };
    },
  });
}

/** The image of each VM whose overlay is where `place` says, by pairs of an overlay and what it lies over. */
function imagesBelow(overlays: readonly string[][], place: (vm: HostName) => string): Map<HostName, string> {
  return new Map(
    overlays.flatMap(([overlay = "", base = ""]): [HostName, string][] => {
      const vm = overlay.split("/").at(-2) ?? "";
      const image = imageOfPath(base);
      return image === undefined || overlay !== place(vm) ? [] : [[vm, image]];
    }),
  );
}
