import type { Action } from "../../plan/model.ts";
import { commandFailure } from "../command-failure.ts";
import type { Executor } from "../registry.ts";
import { followRsync } from "../rsync-progress.ts";
import { runOptions } from "../run-options.ts";

/** Runs a program; exit code 0 is success, and counts as a change. */
export const run: Executor<Extract<Action, { kind: "run" }>> = async (action, context) => {
  const { env, directory, stdin } = action;
  const follower = action.progress === undefined ? undefined : followRsync(context.waiting);
  const options = {
    ...runOptions(context, action.runAs),
    ...(env === undefined ? {} : { env }),
    ...(directory === undefined ? {} : { directory }),
    ...(follower === undefined ? {} : { onOutput: follower.onOutput }),
    ...(stdin === undefined ? {} : { stdin: await context.fill(stdin) }),
  };
  const result =
    action.newConnection === true
      ? await context.newlyConnected(connection => connection.run(action.argv, options))
      : await context.connection.run(action.argv, options);
  const note = follower?.note();
  if (!result.ok) return commandFailure(result);
  return { kind: "changed", ...(note === undefined ? {} : { note }) };
};
