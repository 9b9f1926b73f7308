import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Deployment } from "../../inventory/model.ts";
import { askedTests } from "../../services/smoke.ts";

/** Throws an OperatorError (exit 3) for a deployment without smoke tests: what nobody tests is not seen well by anybody. */
export function requireSmoke(deployment: Deployment): void {
  if (askedTests(deployment).length > 0) return;
  throw new OperatorError(
    `${deployment.name} has no smoke tests of a service that it has: a release from there would be one that nobody has tried`,
    {
      code: "RELEASE_NO_SMOKE",
      exit: ExitCode.Refused,
      hint: "say what must hold in `smoke:` of the services file",
    },
  );
}
