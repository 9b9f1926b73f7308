import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";
import { askSocket } from "../socket-line.ts";
import { describeConnectFailure } from "./connect-failure.ts";
import { excerpt } from "./excerpt.ts";

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** Holds when what a control socket answers to a line matches. */
export const socket: Prober<Extract<Probe, { kind: "socket" }>> = async (probe, context) => {
  try {
    const answer = await askSocket(context.connection, probe, context);
    const holds = new RegExp(probe.expect).test(answer);
    return {
      holds: holds ? "yes" : "no",
      evidence: `${probe.socket} answered ${excerpt(holds ? firstLine(answer) : answer) || "nothing"}`,
    };
  } catch (error) {
    return describeConnectFailure(error, probe.socket);
  }
};
