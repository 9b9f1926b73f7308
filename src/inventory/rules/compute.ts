import type { BuiltDeployment } from "../build/deployment.ts";
import type { Problems } from "../problems.ts";
import { get } from "../source/value.ts";

/** `status: true` works, but the next reader of YAML may take a bare `on` or `yes` for something else again. */
export function checkCompute({ deployment, services }: BuiltDeployment, problems: Problems): void {
  const service = services.get("compute");
  for (const source of service === undefined ? [] : [service.source, ...service.hostSources.values()]) {
    const status = get(source, "status");
    if (status?.kind !== "scalar" || typeof status.value !== "boolean") continue;
    problems.add({
      at: status.at,
      message: `status: ${status.value} is read as "${status.value ? "on" : "off"}"`,
      suggestion: `write status: "${status.value ? "on" : "off"}", in quotes`,
      severity: "warning",
      deployment: deployment.name,
    });
  }
}
