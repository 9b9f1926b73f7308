import type { Probe } from "../../plan/model.ts";
import { forwardTimeout } from "../forward-timeout.ts";
import type { Prober } from "../registry.ts";
import { describeConnectFailure } from "./connect-failure.ts";

/** Holds when the host itself can connect there. */
export const tcp: Prober<Extract<Probe, { kind: "tcp" }>> = async ({ address, port }, context) => {
  const place = `${address}:${port}`;
  try {
    const stream = await context.connection.forward({ host: address, port }, forwardTimeout(context));
    stream.destroy();
    return { holds: "yes", evidence: `${place} accepts connections` };
  } catch (error) {
    return describeConnectFailure(error, place);
  }
};
