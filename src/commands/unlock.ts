import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { hostname } from "node:os";
import { breakLock, lockState, type LockHolder } from "../state/lock.ts";
import { stateDirectory as stateDirectoryOf } from "../state/state-directory.ts";
import { confirm } from "./confirm.ts";
import { loadSite } from "./load.ts";
import type { CommandContext } from "./model.ts";

/** Options of `smc unlock`. */
export interface UnlockOptions {
  /** Take the lock from a process that lives. */
  force?: boolean;
}

/**
 * `smc unlock`: removes the lock that a process left behind. One that lives on this machine keeps it unless `--force`
 * is given (exit 3); of one on another machine nothing can be known, so the operator is asked.
 */
export async function unlock(context: CommandContext<UnlockOptions>): Promise<ExitCode> {
  const deployment = context.global.deployment ?? (await loadSite(context, LENIENT)).deployment.name;
  const place = { stateDirectory: stateDirectoryOf(context.io.env), deployment };
  const lock = await lockState(place);
  if (lock === undefined)
    return tell(context, { deployment, unlocked: false }, `${deployment} is not locked`);
  const { holder, stale } = lock;
  if (!stale) await confirmTaking(context, holder);
  if (context.global.dryRun)
    return tell(
      context,
      { deployment, holder, unlocked: false },
      `would remove the lock of ${describe(holder)}`,
    );
  if (!(await breakLock(place, holder))) {
    throw new OperatorError(`somebody else took the lock of ${deployment} meanwhile`, {
      code: "LOCKED",
      exit: ExitCode.Locked,
      hint: "look again: smc unlock",
    });
  }
  const next = `next: smc resume ${holder.run}  goes on with its run`;
  return tell(
    context,
    { deployment, holder, unlocked: true },
    `removed the lock of ${describe(holder)}\n${next}`,
  );
}

const LENIENT = { secretsMayBeMissing: true } as const;

async function confirmTaking(context: CommandContext<UnlockOptions>, holder: LockHolder): Promise<void> {
  const isHere = holder.host === hostname();
  if (isHere && context.options.force !== true) {
    throw new OperatorError(`${describe(holder)} lives: it keeps its lock`, {
      code: "LOCK_HELD",
      exit: ExitCode.Refused,
      hint: `end it first (kill ${holder.pid}), or add --force when it certainly does nothing any more`,
    });
  }
  const doubt = isHere ? "which lives" : "of which nothing can be known from here";
  await confirm(context, `take the lock from ${describe(holder)}, ${doubt}?`);
}

function describe({ user, host, pid, reason, since }: LockHolder): string {
  return `"smc ${reason}" of ${user}, process ${pid} on ${host} since ${since}`;
}

function tell({ io, global }: CommandContext<unknown>, answer: object, text: string): ExitCode {
  if (global.json) io.stdout.write(`${JSON.stringify({ version: 1, ...answer })}\n`);
  else io.stderr.write(`${text}\n`);
  return ExitCode.Done;
}
