import type { HostName } from "../../base/names.ts";
import type { Returning } from "../../cassandra/upgrade/way-back.ts";
import type { Plan } from "../../plan/model.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import type { RingDecision } from "../../services/planners/ring-rule.ts";
import type { UpgradeWords } from "../../services/planners/upgrade.ts";
import type { RingAsk } from "../contents/ask-ring.ts";
import type { CommandContext } from "../model.ts";
import type { UpgradeOptions, UpgradeWish } from "./words.ts";

/** A ring whose release is to be changed. */
export interface UpgradeAsk extends RingAsk {
  context: CommandContext<UpgradeOptions>;
}

export type SwitchWish = Extract<UpgradeWish, { kind: "switch" }>;

/** The nodes that are to go, with the release that each comes from. */
export type Going = ReadonlyMap<HostName, Omit<Returning, "host">>;

/** What was decided of the nodes that are to go to another release. */
export interface Switch {
  wish: SwitchWish;
  ring: RingDecision;
  words: UpgradeWords;
  request: PlanRequest;
  plan: Plan;
}
