import type { HostTarget } from "../../base/host-target.ts";
import type { PlanRequest } from "../../services/planners/request.ts";

/** A machine that gets an image, and how rsync reaches it. */
export interface ImageReceiver {
  target: HostTarget;
  /** The command line of ssh without the host, as `rsync -e` takes it. */
  shell: string;
  /** At which other machines reach it. */
  address: string;
  dc: string | undefined;
}

export interface ImagePushRequest extends PlanRequest {
  image: string;
  /** Where the image is on this machine. */
  source: string;
  /** This machine, as a host of the plan. */
  here: HostTarget;
  receivers: readonly ImageReceiver[];
  /** The SHA-256 of its list of checksums. */
  sums: string;
  /** Machines pass it on to each other; else all get it from here. */
  passOn: boolean;
}
