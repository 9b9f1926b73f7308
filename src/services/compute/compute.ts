import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import { oldHome, renderProgram } from "../program.ts";
import { computeSettings, type ComputeSettings } from "./settings.ts";

/** The servers that projects run on. Hubs come to them over ssh, so there is no port and nothing to ask but the process. */
export const compute: ServiceDescription<ComputeSettings> = {
  name: "compute",
  summary: "the servers that projects run on",
  settings: computeSettings,
  needs: [],
  oneAtATime: false,
  render,
};

function render(context: InstanceContext<ComputeSettings>): RenderedInstance {
  const program = ["./compute_server", "start"];
  const defaults = { program, options: [], values: {}, env: {}, directory: oldHome(context) };
  return {
    ...renderProgram(context, defaults),
    files: [],
    listens: [],
    ready: { kind: "all", probes: [] },
  };
}
