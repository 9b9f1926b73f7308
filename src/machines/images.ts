import type { HostName } from "../base/names.ts";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { VmSettings } from "../inventory/model.ts";
import type { Vm } from "./vm.ts";

/** The image that an entry of the services file names, among those of a machine: `{newest: "salvus-*"}` is the last by name. */
export function resolveImage(image: VmSettings["image"], there: readonly string[]): string | undefined {
  if (typeof image === "string") return there.includes(image) ? image : undefined;
  const matches = globTest(image.newest);
  // Names end with the time of their making, so that the last by name is the newest.
  return there.filter(matches).toSorted().at(-1);
}

/** An image as people read it, where no machine was asked. */
export function describeImage(image: VmSettings["image"]): string {
  return typeof image === "string" ? image : `newest ${image.newest}`;
}

/**
 * The image of each VM that is to be made, the newest over all machines where the file says so. Throws an OperatorError
 * (exit 3) when one of their machines lacks it: the VMs of a plan begin with the same image or not at all.
 */
export function pinImages(
  vms: readonly Vm[],
  there: ReadonlyMap<HostName, readonly string[]>,
): Map<HostName, string> {
  const everywhere = [...new Set([...there.values()].flat())];
  const wanted = vms.map(({ name, settings, machine }) => ({
    name,
    settings,
    machine: machine.name,
    image: resolveImage(settings.image, everywhere),
  }));
  const problems = wanted.flatMap(({ name, settings, machine, image }) => {
    if (image === undefined) return [`${name}: no machine has the image ${describeImage(settings.image)}`];
    return there.get(machine)?.includes(image) === true
      ? []
      : [`${name}: ${machine} lacks the image ${image}`];
  });
  if (problems.length === 0) return new Map(wanted.map(({ name, image }) => [name, image ?? ""]));
  throw new OperatorError("not every machine has the image that its VMs begin with: nothing was touched", {
    code: "IMAGE_MISSING",
    exit: ExitCode.Refused,
    details: problems,
    hint: "smc image build NAME  makes one here, smc image push NAME  brings it to all machines",
  });
}

function globTest(glob: string): (name: string) => boolean {
  const source = glob
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`);
  return name => expression.test(name);
}
