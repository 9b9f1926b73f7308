import pRetry from "p-retry";
import type { Action, Content } from "../../plan/model.ts";
import { CqlError } from "../cql/failure.ts";
import { withCqlSession, type CqlSession } from "../cql/session.ts";
import type { ActionContext, Executor } from "../registry.ts";

type CqlAction = Extract<Action, { kind: "cql" }>;

/** A ring that has just formed may not have all its replicas in reach for some moments. */
const RETRIES = { retries: 6, minTimeout: 500, maxTimeout: 5000 };

/** Executes statements in turn, on the node of the endpoint alone. Each is idempotent, so one that timed out is repeated. */
export const cql: Executor<CqlAction> = async (action, context) => {
  await withCqlSession(context, action.endpoint, async session => {
    for (const statement of action.statements) await execute(session, statement, { action, context });
  });
  return { kind: "changed" };
};

async function execute(
  session: CqlSession,
  statement: Content,
  { action, context }: { action: CqlAction; context: ActionContext },
): Promise<void> {
  const text = await fillQuoted(statement, context);
  let last: CqlError | undefined;
  await pRetry(() => session.rows(text, action.consistency ?? "quorum"), {
    ...RETRIES,
    signal: context.signal,
    shouldRetry: ({ error }) => {
      if (!(error instanceof CqlError)) return false;
      last = error;
      return error.kind === "not-able" && Date.now() < context.deadline;
    },
  }).catch((error: unknown) => {
    // When it ends between two attempts, the one before tells why, and not the signal.
    throw context.signal.aborted ? (last ?? error) : error;
  });
}

/** The text of a statement. A secret stands inside single quotes there, so those that it has itself are doubled. */
async function fillQuoted(statement: Content, context: ActionContext): Promise<string> {
  const parts = statement.map(async part =>
    typeof part === "string" ? part : (await context.secret(part.secret)).reveal().replaceAll("'", "''"),
  );
  return (await Promise.all(parts)).join("");
}
