import type { ChosenImages } from "../../../machines/release-images.ts";
import type { MachineSights, SystemDecision } from "../../../machines/release.ts";
import type { Plan } from "../../../plan/model.ts";
import type { Transport } from "../../../transport/model.ts";
import type { Site } from "../../load.ts";
import type { CommandContext } from "../../model.ts";
import type { ImageReleaseOptions, ImageWish } from "./words.ts";

/** A release of images that is asked for. */
export interface ImageAsk {
  context: CommandContext<ImageReleaseOptions>;
  site: Site;
  /** Reaches hosts beside the VPN where it can. */
  transport: Transport;
  wish: ImageWish;
}

/** One that was looked at and planned. */
export interface PlannedImages {
  /** What becomes of the VMs that change: another image, the system that they had before, or no way back any more. */
  way: "anew" | "back" | "discard";
  machines: MachineSights;
  /** Absent where VMs go back, or what they were is discarded. */
  chosen?: ChosenImages;
  decision: SystemDecision;
  plan: Plan;
}
