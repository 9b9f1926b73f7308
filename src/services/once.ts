import type { Deployment } from "../inventory/model.ts";

/**
 * Gives what a function finds in the deployment that is being planned. Each function is called once, however many instances
 * ask: what every node of a ring needs to know of the whole ring must not be searched for again at each of them.
 */
export type Once = <Found>(find: (deployment: Deployment) => Found) => Found;

/** Begins to remember for a deployment. */
export function onceFor(deployment: Deployment): Once {
  const known = new Map<(deployment: Deployment) => unknown, unknown>();
  return <Found>(find: (deployment: Deployment) => Found): Found => {
    if (!known.has(find)) known.set(find, find(deployment));
    return known.get(find) as Found;
  };
}
