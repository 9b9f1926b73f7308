import { ExitCode } from "../../../base/exit-code.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import {
  planImageDiscard,
  planImageRelease,
  planImageRollback,
} from "../../../machines/planners/release/image.ts";
import { chooseImages, mayHave } from "../../../machines/release-images.ts";
import {
  decideAnew,
  decideBack,
  decideDiscard,
  tightMachines,
  type MachineSights,
} from "../../../machines/release.ts";
import type { Vm } from "../../../machines/vm.ts";
import { vmRequest, vmsOfWords } from "../../vm/words.ts";
import { batchSize } from "../batch-size.ts";
import { deafTo, emptiedBy, reasonsAgainstAnew, reasonsAgainstBack } from "./against.ts";
import { cutBatches } from "./batches.ts";
import { bringParts } from "./bring.ts";
import { lookAround } from "./know.ts";
import { lookAtSystems, sumsHere } from "./look.ts";
import type { ImageAsk, PlannedImages } from "./model.ts";
import { batchesWithParts } from "./parts.ts";
import { imagesAsked, unlikeAsked, wantedImages, type Wanted } from "./wanted.ts";

/** Looks at machines and VMs, and plans. Throws an OperatorError (exit 3) with all that speaks against it. */
export async function prepareImages(ask: ImageAsk): Promise<PlannedImages> {
  const { context, site, wish } = ask;
  const wanted = await wantedImages(ask);
  const named = vmsOfWords(context, site, wish.vms);
  const images = wish.vms.length > 0 ? "newest" : imagesAsked(wanted);
  const vms = images === "newest" ? named : fitting(named, images);
  const machines = await lookAtSystems(ask, vms);
  if (wish.kind === "back") return prepareBack(ask, vms, machines);
  if (wish.kind === "discard") return prepareDiscard(ask, vms, machines);
  return prepareAnew(ask, { vms, machines, wanted });
}

function fitting(vms: readonly Vm[], images: readonly string[]): Vm[] {
  const found = vms.filter(vm => images.some(image => mayHave(vm, image)));
  if (found.length > 0) return found;
  throw new OperatorError(`the services file lets no VM have ${images.join(", ")}`, {
    code: "SELECTION_EMPTY",
    hint: "say it as image: of these VMs, or { newest: … }",
  });
}

interface AnewWords {
  vms: readonly Vm[];
  machines: MachineSights;
  wanted: Wanted;
}

async function prepareAnew(ask: ImageAsk, { vms, machines, wanted }: AnewWords): Promise<PlannedImages> {
  const { site, wish } = ask;
  const chosen = chooseImages(vms, { machines, here: await sumsHere(site), wanted: imagesAsked(wanted) });
  const decision = decideAnew(vms, machines, chosen.ofVm);
  const { changes } = decision;
  const known = await lookAround(ask, changes, { images: chosen.ofVm, size: batchSize(ask.context) });
  const batches = cutBatches(ask.context, changes, known.request);
  refuse(ask, [
    ...chosen.problems,
    ...unlikeAsked(chosen, wanted),
    ...decision.problems,
    ...tightMachines(changes, machines),
    ...(await reasonsAgainstAnew(ask, { changes, machines, known })),
    ...emptiedBy(ask, batches, known),
  ]);
  const plan = planImageRelease(known.request, {
    images: chosen.sums,
    bring: await bringParts(ask, changes, chosen),
    batches: await batchesWithParts(ask, batches, known),
    smoke: site.deployment.smoke ?? [],
    // What is written down says that all of them held everywhere.
    wholeRound: wish.kind === "to" && wish.out !== undefined,
  });
  return { way: "anew", machines, chosen, decision, plan };
}

async function prepareBack(
  ask: ImageAsk,
  vms: readonly Vm[],
  machines: MachineSights,
): Promise<PlannedImages> {
  const decision = decideBack(vms, machines);
  const { changes, problems } = decision;
  const nothing = changes.length + problems.length === 0 ? ["nothing of before is kept aside"] : [];
  const known = await lookAround(ask, changes, { images: new Map(), size: batchSize(ask.context) });
  const batches = cutBatches(ask.context, changes, known.request);
  refuse(ask, [
    ...nothing,
    ...problems,
    ...reasonsAgainstBack(ask, changes, known),
    ...emptiedBy(ask, batches, known),
  ]);
  const deaf = deafTo(known, changes);
  if (deaf.length > 0 && !ask.context.global.quiet)
    ask.context.io.stderr.write(
      `${deaf.map(line => `note: ${line}`).join("\n")}\nnext: smc vpn join  when they answer\n`,
    );
  const plan = planImageRollback(known.request, {
    batches: await batchesWithParts(ask, batches, known),
    force: ask.context.options.force === true,
  });
  return { way: "back", machines, decision, plan };
}

function prepareDiscard(ask: ImageAsk, vms: readonly Vm[], machines: MachineSights): PlannedImages {
  const decision = decideDiscard(vms, machines);
  refuse(ask, decision.problems);
  const request = vmRequest(ask.context, ask.site, { vms: decision.changes, instances: [] });
  return { way: "discard", machines, decision, plan: planImageDiscard(request) };
}

function refuse({ wish }: ImageAsk, details: readonly string[]): void {
  if (details.length === 0) return;
  const what = {
    to: "the VMs cannot be made anew",
    from: "the VMs cannot be made anew",
    back: "the VMs cannot go back",
    discard: "not all of that can be discarded",
  }[wish.kind];
  throw new OperatorError(`${what}: nothing was touched`, {
    code: "IMAGE_RELEASE_REFUSED",
    exit: ExitCode.Refused,
    details: [...new Set(details)],
    hint: "smc vm list  shows what each VM is; docs/release.md has the rules",
  });
}
