import type { InstanceName } from "../../base/names.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Deployment, Instance } from "../../inventory/model.ts";
import type { Step, StepId } from "../../plan/model.ts";
import type { RenderedInstance } from "../model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { GATE_INTERVAL } from "./ready.ts";
import type { Planning } from "./request.ts";

/** The steps around the restart of an instance that keep its clients from it. */
export interface TrafficSteps {
  out: Step[];
  /** Puts it back, after the steps named. */
  back(needs: readonly StepId[]): Step[];
}

const MARGIN: Milliseconds = 10_000;

type Traffic = NonNullable<RenderedInstance["traffic"]>[number];

/**
 * Takes an instance out at each proxy in front of it and waits for its sessions to end. A proxy that does not
 * run sends nothing: its steps are `unchanged`. When the run stops before the restart was begun, the undo puts
 * the instance back.
 */
export function trafficSteps(
  request: Planning,
  planned: PlannedInstance,
  needs: readonly StepId[],
): TrafficSteps {
  const all = planned.rendered.traffic ?? [];
  return {
    out: all.flatMap(traffic => outSteps(request, { planned, traffic, needs })),
    back: after =>
      all.map(traffic => ({
        ...common(request, planned, traffic),
        id: `put back ${planned.instance.name} at ${traffic.proxy}`,
        title: `put ${planned.instance.name} back at ${traffic.proxy}`,
        kind: `traffic ${planned.description.name}`,
        action: traffic.back,
        needs: after,
      })),
  };
}

function outSteps(
  request: Planning,
  words: { planned: PlannedInstance; traffic: Traffic; needs: readonly StepId[] },
): Step[] {
  const { planned, traffic, needs } = words;
  const { name } = planned.instance;
  const out: Step = {
    ...common(request, planned, traffic),
    id: `take out ${name} at ${traffic.proxy}`,
    title: `take ${name} out at ${traffic.proxy}`,
    kind: `traffic ${planned.description.name}`,
    action: traffic.out,
    undo: traffic.back,
    needs,
  };
  const drained: Step = {
    ...common(request, planned, traffic),
    id: `drained ${name} at ${traffic.proxy}`,
    title: `wait until ${traffic.proxy} has no session with ${name}`,
    kind: `traffic ${planned.description.name}`,
    // A browser may hold a connection for hours: after this long it loses it and makes a new one, to another server.
    action: { kind: "wait", probe: traffic.drained, interval: GATE_INTERVAL, patience: out.timeout },
    needs: [out.id],
    timeout: out.timeout + MARGIN,
  };
  return [out, drained];
}

function common(
  request: Planning,
  planned: PlannedInstance,
  traffic: Traffic,
): Pick<Step, "host" | "instance" | "after" | "done" | "timeout"> {
  const proxy = request.once(instancesByName).get(traffic.proxy);
  if (proxy === undefined) throw new Error(`no proxy instance is called ${traffic.proxy}`);
  const { unit } = request.render(proxy);
  return {
    host: proxy.host,
    instance: planned.instance.name,
    after: [],
    done: { kind: "unit", unit, state: "stopped" },
    timeout: request.timeout ?? planned.timeouts.stop,
  };
}

function instancesByName({ instances }: Deployment): ReadonlyMap<InstanceName, Instance> {
  return new Map(instances.map(instance => [instance.name, instance]));
}
