import type { Probe } from "../../plan/model.ts";
import type { Prober } from "../registry.ts";
import { askSocket } from "../socket-line.ts";
import { describeConnectFailure } from "./connect-failure.ts";
import { excerpt } from "./excerpt.ts";

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

/** Holds when what a control socket answers to a line matches. */
export const socket: Prober<Extract<Probe, { kind: "socket" }>> = async (probe, context) => {
  try {
    const answer = await askSocket(context.connection, probe, context);
    const match = new RegExp(probe.expect).exec(answer);
    const said = excerpt(match === null ? answer : lastLine(match[0]), context);
    return {
      holds: match === null ? "no" : "yes",
      evidence: `${probe.socket} answered ${said || "nothing"}`,
    };
  } catch (error) {
    return describeConnectFailure(error, probe.socket);
  }
};
