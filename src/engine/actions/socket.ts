import type { Action } from "../../plan/model.ts";
import { excerpt } from "../probes/excerpt.ts";
import type { Executor } from "../registry.ts";
import { askSocket } from "../socket-line.ts";

/** Sends a line to a control socket; what comes back must match. */
export const socket: Executor<Extract<Action, { kind: "socket" }>> = async (action, context) => {
  const answer = await askSocket(context.connection, action, context);
  if (new RegExp(action.expect).test(answer)) return { kind: "changed" };
  const said = excerpt(answer, context);
  return {
    kind: "failed",
    reason: `${action.socket} answered ${said === "" ? "nothing" : said} to "${action.send}"`,
  };
};
