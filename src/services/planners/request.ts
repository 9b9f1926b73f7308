import type { InstanceName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Instance } from "../../inventory/model.ts";
import type { RingDecision } from "./ring-rule.ts";
import { planInstance, type PlannedInstance, type RenderingSite } from "./planned-instance.ts";

/** What was asked for, with what was seen of it. Planners are pure: time and observations come in here. */
export interface PlanRequest extends RenderingSite {
  /** The words of the command line, kept in the plan. */
  command: readonly string[];
  /** The instances that were selected, in file order. */
  instances: readonly Instance[];
  /** How many at once; `true`: as many as the limits allow; absent: what the service says. */
  parallel: number | true | undefined;
  /** Go on after a failure even where the plan would halt. */
  keepGoing: boolean;
  /** What each instance was when the plan was made; instances that were not asked are missing. */
  observed: ReadonlyMap<InstanceName, ObservedInstance>;
  /** Of the instances that are a ring: which may go together. Absent where nobody asked the ring. */
  ring?: RingDecision;
  now: Date;
  /** Overrides the deadlines of the services file. */
  timeout: Milliseconds | undefined;
}

/** What stopping and restarting need to know beside the request. */
export interface LossOptions {
  /** Go on even where clients are refused meanwhile. */
  allowLoss: boolean;
}

/** A request under work: every instance is rendered once, however many steps look at it. */
export interface Planning extends PlanRequest {
  readonly render: (instance: Instance) => PlannedInstance;
}

/** Begins the planning of a request. */
export function beginPlanning(request: PlanRequest): Planning {
  const rendered = new Map<InstanceName, PlannedInstance>();
  return {
    ...request,
    render: instance => {
      const known = rendered.get(instance.name);
      if (known !== undefined) return known;
      const planned = planInstance(request, instance);
      rendered.set(instance.name, planned);
      return planned;
    },
  };
}

export interface ObservedInstance {
  state: "running" | "stopped" | "failed" | "unknown";
  /** What a restart replaces: the systemd invocation, or pid and start time. */
  identity: string | undefined;
}
