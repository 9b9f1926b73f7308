import { join } from "node:path";
import { planImagePush } from "../../../machines/planners/image-push.ts";
import type { ChosenImages } from "../../../machines/release-images.ts";
import type { Vm } from "../../../machines/vm.ts";
import type { Part } from "../../../plan/sequence.ts";
import { targetOf } from "../../../services/planners/planned-instance.ts";
import { hostRequest } from "../../host-request.ts";
import { imagesHere } from "../../image/here.ts";
import { pushRequest } from "../../image/push-request.ts";
import type { ImageAsk } from "./model.ts";

/** What brings the images that were built here to the machines of these VMs that lack them. */
export async function bringParts(
  { context, site }: ImageAsk,
  vms: readonly Vm[],
  { ofVm, lacking }: ChosenImages,
): Promise<Part[]> {
  const request = hostRequest(context, site);
  const machines = new Map(vms.map(({ machine }) => [machine.name, machine]));
  const images = new Set(vms.flatMap(({ name }) => ofVm.get(name) ?? []));
  const pushes = [...images].map(async (image): Promise<Part[]> => {
    const without = (lacking.get(image) ?? []).flatMap(name => machines.get(name) ?? []);
    if (without.length === 0) return [];
    const source = join(imagesHere(site), image);
    const targets = without.map(machine => targetOf(request, machine));
    const push = await pushRequest({ context, site }, { source, machines: targets, passOn: true });
    return [{ name: `image ${image}`, plan: planImagePush(push) }];
  });
  return (await Promise.all(pushes)).flat();
}
