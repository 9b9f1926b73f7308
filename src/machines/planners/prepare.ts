import type { Milliseconds } from "../../base/units.ts";
import type { Host } from "../../inventory/model.ts";
import type { Plan, Step } from "../../plan/model.ts";
import { assemblePlan } from "../../services/planners/assemble.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import type { PlanRequest } from "../../services/planners/request.ts";
import { provisionsOf } from "../provisions.ts";
import { asRoot } from "./request.ts";

/** Packages come over the network. */
const MAKE_TIMEOUT: Milliseconds = 1_800_000;

/** Plans `smc prepare`: what each host is to have, in turn, hosts side by side. What it has is left alone. */
export function planPrepare(request: PlanRequest, hosts: readonly Host[]): Plan {
  const steps = hosts.flatMap(host => prepareHost(request, host));
  const others = hosts.map(host => targetOf(request, host));
  return assemblePlan(request, { instances: [], others, steps, onFailure: "continue", shared: true });
}

function prepareHost(request: PlanRequest, host: Host): Step[] {
  const provisions = provisionsOf(request.deployment, host);
  const idOf = (index: number): string => `prepare ${host.name} ${index + 1}`;
  return provisions.map(({ what, check, make }, index) => ({
    id: idOf(index),
    title: `${host.name} has ${what}`,
    kind: "prepare",
    host: host.name,
    action: asRoot(request, { kind: "run", argv: make }),
    done: asRoot(request, { kind: "command", argv: check }),
    needs: index === 0 ? [] : [idOf(index - 1)],
    after: [],
    timeout: request.timeout ?? MAKE_TIMEOUT,
  }));
}
