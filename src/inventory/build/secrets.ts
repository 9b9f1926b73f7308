import type { DeploymentName, HostName, SecretName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { DeliveredSecret, Host } from "../model.ts";
import type { Problems } from "../problems.ts";
import { select } from "../selection.ts";
import { asMap, get, type MapValue } from "../source/value.ts";
import type { secretsSchema } from "../schema/secrets.ts";
import type { InferOutput } from "valibot";

/** Finds the hosts of each secret of a deployment. A selection that matches nothing is a problem, and its secret left out. */
export function buildSecrets(
  secrets: InferOutput<typeof secretsSchema>,
  {
    source,
    hosts,
    problems,
    deployment,
  }: {
    /** The settings of the deployment. */
    source: MapValue;
    hosts: ReadonlyMap<HostName, Host>;
    problems: Problems;
    deployment: DeploymentName;
  },
): DeliveredSecret[] {
  return Object.entries(secrets).flatMap(([name, { at, path, owner, mode }]) => {
    try {
      const chosen = select(hosts, typeof at === "string" ? [at] : at).filter(({ managed }) => managed);
      const names = chosen.map(host => host.name);
      return [{ name, path, owner, mode: Number.parseInt(mode, 8), hosts: names }];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const place = get(secretSource(source, name), "at")?.at ?? source.at;
      problems.add({ at: place, message: error.message, suggestion: error.hint, deployment });
      return [];
    }
  });
}

/** The entry of a secret in the settings of its deployment. */
export function secretSource(settings: MapValue, name: SecretName): MapValue | undefined {
  return asMap(get(asMap(get(settings, "secrets")), name));
}
