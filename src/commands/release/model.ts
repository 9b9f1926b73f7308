import type { Plan } from "../../plan/model.ts";
import type { Decision } from "../../services/release/decide.ts";
import type { Place } from "../../services/release/places.ts";
import type { Transport } from "../../transport/model.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import type { ReleasePiece } from "./file.ts";
import type { ReleaseOptions, ReleaseWish } from "./words.ts";

/** A release that is asked for. */
export interface ReleaseAsk {
  context: CommandContext<ReleaseOptions>;
  site: Site;
  transport: Transport;
  wish: ReleaseWish;
}

/** A release that was looked at and planned. */
export interface PlannedRelease {
  places: readonly Place[];
  /** Empty for a way back. */
  pieces: readonly ReleasePiece[];
  decision: Decision;
  plan: Plan;
}
