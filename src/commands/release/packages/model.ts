import type { Host } from "../../../inventory/model.ts";
import type { Plan } from "../../../plan/model.ts";
import type { PackageDecision } from "../../../services/release/packages/decide.ts";
import type { Transport } from "../../../transport/model.ts";
import type { Site } from "../../load.ts";
import type { CommandContext } from "../../model.ts";
import type { PackagesOptions, PackagesWish } from "./words.ts";

/** A release of packages that is asked for. */
export interface PackagesAsk {
  context: CommandContext<PackagesOptions>;
  site: Site;
  transport: Transport;
  wish: PackagesWish;
  hosts: readonly Host[];
}

/** One that was looked at and planned. */
export interface PlannedPackages {
  direction: "forward" | "back";
  decision: PackageDecision;
  plan: Plan;
}
