import { dirname } from "node:path";
import type { ServiceName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { closest } from "../base/suggest.ts";
import type { Instance, Problem } from "../inventory/model.ts";
import { onceFor } from "../services/once.ts";
import { instanceContext, planInstance, type RenderingSite } from "../services/planners/planned-instance.ts";
import { smokeProbe } from "../services/smoke.ts";
import { descriptionsOf } from "../services/registry.ts";
import { stateDirectory } from "../state/state-directory.ts";
import type { LoadedFile } from "./load.ts";
import type { CommandContext } from "./model.ts";

type Words = Pick<Problem, "message" | "suggestion">;

/**
 * What no schema can say of the services of a file, and every verb would stumble over: a placeholder that means nothing, a
 * port that is asked and not there, services that need each other or one that is not there.
 */
export function serviceProblems({ io }: CommandContext<unknown>, loaded: LoadedFile): Problem[] {
  const deployments = [...(loaded.inventory?.deployments.values() ?? [])];
  return deployments.flatMap(deployment => {
    const site: RenderingSite = {
      deployment,
      descriptions: descriptionsOf(deployment),
      stateDirectory: stateDirectory(io.env),
      siteDirectory: dirname(loaded.file),
      once: onceFor(deployment),
    };
    const byService = Map.groupBy(deployment.instances, instance => instance.service);
    return [...byService].flatMap(([service, instances]) =>
      wordsOf(site, service, instances).flatMap(
        words => loaded.origins.problemOf({ deployment: deployment.name, service }, words) ?? [],
      ),
    );
  });
}

function wordsOf(site: RenderingSite, service: ServiceName, instances: readonly Instance[]): Words[] {
  if (!site.descriptions.has(service)) return [];
  return [
    ...renderingFailure(site, instances),
    ...missingNeeds(site, service),
    ...circle(site, service),
    ...smokeFailures(site, service, instances),
  ];
}

/** The first instance that cannot be rendered speaks for all. */
function renderingFailure(site: RenderingSite, instances: readonly Instance[]): Words[] {
  try {
    instances.forEach(instance => planInstance(site, instance));
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    // A file under construction: what is there is right, and something is still to come.
    if (error.code === "PEER_UNKNOWN") return [];
    return [{ message: error.message, suggestion: error.hint }];
  }
}

/** The smoke tests that are asked of the service: a port that it has not, a placeholder that means nothing. */
function smokeFailures(site: RenderingSite, service: ServiceName, [first]: readonly Instance[]): Words[] {
  const tests = (site.deployment.smoke ?? []).filter(({ of }) => of === service);
  return tests.flatMap(test => {
    try {
      if (first !== undefined) smokeProbe(test, instanceContext(site, first));
      return [];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return [{ message: error.message, suggestion: error.hint }];
    }
  });
}

/** Of a service that the file alone defines. What smc's own need is there or is not: a haproxy may have hubs, or only nginx. */
function missingNeeds({ deployment, descriptions }: RenderingSite, service: ServiceName): Words[] {
  if (deployment.services.get(service)?.settings["needs"] === undefined) return [];
  const needs = descriptions.get(service)?.needs ?? [];
  return needs.flatMap(need => {
    if (descriptions.has(need)) return [];
    const near = closest(need, [...descriptions.keys()]);
    const suggestion = near === undefined ? undefined : `did you mean ${near}?`;
    return [{ message: `it needs "${need}", and there is no such service`, suggestion }];
  });
}

function circle({ descriptions }: RenderingSite, service: ServiceName): Words[] {
  const reached = new Set(descriptions.get(service)?.needs);
  for (const name of reached) descriptions.get(name)?.needs.forEach(need => reached.add(need));
  if (!reached.has(service)) return [];
  const suggestion = "take one of them out of the `needs:` of another";
  return [{ message: `it needs itself, by way of ${[...reached].join(", ")}`, suggestion }];
}
