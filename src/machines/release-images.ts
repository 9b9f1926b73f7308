import type { HostName } from "../base/names.ts";
import { describeImage, resolveImage } from "./images.ts";
import type { MachineSights } from "./release.ts";
import type { Vm } from "./vm.ts";

/** Images by name, with the SHA-256 of the list of checksums of each. */
export type ImageSums = ReadonlyMap<string, string>;

/** The image that each VM is to have, each pinned by its checksums, and who lacks it. */
export interface ChosenImages {
  ofVm: ReadonlyMap<HostName, string>;
  sums: ImageSums;
  /** By image, the machines that do not have it. */
  lacking: ReadonlyMap<string, readonly HostName[]>;
  problems: readonly string[];
}

/** Whether the services file lets a VM have an image. */
export function mayHave({ settings }: Pick<Vm, "settings">, image: string): boolean {
  return resolveImage(settings.image, [image]) === image;
}

/**
 * Chooses the image of each VM among those of the machines and those that were built here: the named one, or the newest that the services
 * file lets it have. An image of one name has one content: it is on all machines the same, and the same as here.
 */
export function chooseImages(
  vms: readonly Vm[],
  {
    machines,
    here,
    wanted,
  }: { machines: MachineSights; here: ImageSums; wanted: readonly string[] | "newest" },
): ChosenImages {
  const found = [
    ...here.keys(),
    ...[...machines.values()].flatMap(seen => ("why" in seen ? [] : [...seen.images.keys()])),
  ];
  const among = wanted === "newest" ? found : wanted;
  const ofVm = new Map<HostName, string>();
  const problems: string[] = [];
  for (const { name, settings } of vms) {
    const image = resolveImage(settings.image, among);
    if (image !== undefined) ofVm.set(name, image);
    else if (wanted === "newest")
      problems.push(`${name}: nobody has the image ${describeImage(settings.image)}`);
    else
      problems.push(
        `${name}: the services file lets it have ${describeImage(settings.image)}, and not ${wanted.join(", ")}`,
      );
  }
  const images = [...new Set(ofVm.values())];
  const places = images.map(image =>
    placesOf(
      image,
      vms.filter(({ name }) => ofVm.get(name) === image),
      machines,
    ),
  );
  const pinned = images.map((image, index) => pin(image, here, places[index] ?? []));
  return {
    ofVm,
    sums: new Map(pinned.flatMap(({ image, sum }) => (sum === undefined ? [] : [[image, sum]]))),
    lacking: new Map(pinned.map(({ image, lacking }) => [image, lacking])),
    problems: [...problems, ...pinned.flatMap(one => one.problems)],
  };
}

interface Place {
  machine: HostName;
  sum: string | undefined;
}

/** What each machine of these VMs has of an image; those that did not answer are told of elsewhere. */
function placesOf(image: string, vms: readonly Vm[], machines: MachineSights): Place[] {
  const names = [...new Set(vms.map(({ machine }) => machine.name))];
  return names.flatMap(machine => {
    const seen = machines.get(machine);
    return seen === undefined || "why" in seen ? [] : [{ machine, sum: seen.images.get(image) }];
  });
}

function pin(image: string, here: ImageSums, places: readonly Place[]) {
  const own = here.get(image);
  const sum = own ?? places.find(place => place.sum !== undefined)?.sum;
  const lacking = places.filter(place => place.sum === undefined).map(({ machine }) => machine);
  const others = places.filter(place => place.sum !== undefined && place.sum !== sum);
  const missing = own === undefined ? lacking : [];
  return {
    image,
    sum,
    lacking,
    problems: [
      ...missing.map(
        machine => `${machine} lacks the image ${image}, which was not built here: smc image push`,
      ),
      ...others.map(({ machine }) => `${machine} has another ${image}, of other content`),
    ],
  };
}
