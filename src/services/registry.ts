import * as v from "valibot";
import type { ServiceName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { closest } from "../base/suggest.ts";
import type { Deployment, ServiceSettings } from "../inventory/model.ts";
import { cassandra } from "./cassandra/cassandra.ts";
import { compute } from "./compute/compute.ts";
import { customService } from "./custom/custom.ts";
import { customSettings } from "./custom/settings.ts";
import { haproxy } from "./haproxy/haproxy.ts";
import { hub } from "./hub/hub.ts";
import type { ServiceDescription } from "./model.ts";
import { nginx } from "./nginx/nginx.ts";
import { snap } from "./snap/snap.ts";
import { stunnel } from "./stunnel/stunnel.ts";

/** The services that smc knows by itself, in the order of `smc start all` where nothing else decides. */
export const descriptions: readonly ServiceDescription[] = [
  cassandra,
  hub,
  snap,
  nginx,
  haproxy,
  stunnel,
  compute,
];

/** The description of a service that smc knows. Throws an OperatorError, with the name that was probably meant. */
export function descriptionFor(name: ServiceName): ServiceDescription {
  const found = descriptions.find(description => description.name === name);
  if (found !== undefined) return found;
  const names = descriptions.map(description => description.name);
  const meant = closest(name, names);
  throw new OperatorError(`smc knows no service "${name}"`, {
    code: "SERVICE_UNKNOWN",
    hint:
      meant === undefined
        ? `it knows ${names.join(", ")}; a service of your own needs a \`command:\``
        : `did you mean ${meant}?`,
  });
}

/**
 * The descriptions of the services of a deployment, its own ones (any with a `command:`) made from their entries. A
 * service that smc can do nothing with is left out.
 */
export function descriptionsOf(deployment: Deployment): ReadonlyMap<ServiceName, ServiceDescription> {
  const known = new Map(descriptions.map(description => [description.name, description]));
  return new Map(
    [...deployment.services.values()].flatMap(({ name, settings }) => {
      const description = known.get(name) ?? ownDescription(name, settings);
      return description === undefined ? [] : [[name, description] as const];
    }),
  );
}

function ownDescription(name: ServiceName, settings: ServiceSettings): ServiceDescription | undefined {
  if (settings["command"] === undefined) return undefined;
  return customService({ name, settings: v.parse(wholeFields, settings) });
}

const wholeFields = v.pick(v.object(customSettings.entries), ["needs", "one_at_a_time", "summary"]);
