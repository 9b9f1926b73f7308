import type { DeploymentName } from "../../base/names.ts";
import type { Problems } from "../problems.ts";
import type { ServiceFormats } from "../schema/services.ts";
import type { Resolvers } from "../source/substitute.ts";
import { eachScalar, isSecret, type MapValue, type Value } from "../source/value.ts";

/** What building a deployment needs beside its text. */
export interface BuildContext {
  problems: Problems;
  formats: ServiceFormats;
  resolvers: Resolvers;
}

/** One deployment with its parents and the defaults laid under it, substituted but not expanded. */
export interface DeploymentSource {
  name: DeploymentName;
  /** Its entry, over those that it extends. */
  block: MapValue;
  /** `defaults:` of the file, with those of the deployment over them. */
  defaults: MapValue;
  /** The machines to use: its own, or those of the file. */
  machines: MapValue | undefined;
  sharesMachines: boolean;
}

/**
 * Says what a deployment uses that has no value on this machine: `${env:…}`, `${json:…}`, `${secret:…}`. These are warnings,
 * since other people use other deployments of the file; `problemsInUse` makes errors of them where they matter.
 */
export function reportMissing(
  values: readonly (Value | undefined)[],
  deployment: DeploymentName,
  { problems, resolvers }: BuildContext,
): void {
  const severity = "warning";
  for (const value of values) {
    if (value === undefined) continue;
    eachScalar(value, ({ at, value: scalar, missing }) => {
      if (missing !== undefined)
        problems.add({ at, message: missing, severity, deployment, missing: "value" });
      const there = isSecret(scalar) ? resolvers.hasSecret(deployment, scalar.secret) : true;
      if (!isSecret(scalar) || there === true) return;
      const path = `secrets/${deployment}/${scalar.secret}`;
      const words =
        there === false
          ? {
              message: `${deployment} has no secret ${scalar.secret}`,
              suggestion: `put it into ${path}, readable by you alone`,
            }
          : { message: `${path} cannot be looked at: ${there.failed}` };
      problems.add({ at, ...words, severity, deployment, missing: "secret" });
    });
  }
}
