import { randomUUID } from "node:crypto";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { makeFolder } from "./make-folder.ts";
import { hasCode } from "../base/error-code.ts";
import { ExitCode } from "../base/exit-code.ts";
import type { DeploymentName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { processIdentity } from "./process-identity.ts";

/** Taking over takes milliseconds; after a second somebody hangs in it. */
const MOST_ROUNDS = 100;
const ROUND_PAUSE = 10;
/** One may die while it takes over from one that died while it took over, and so on. */
const DEEPEST = 8;

const holderSchema = v.object({
  nonce: v.string(),
  user: v.string(),
  host: v.string(),
  boot: v.string(),
  pid: v.number(),
  started: v.string(),
  /** The command that is carried out. */
  reason: v.string(),
  run: v.string(),
  /** ISO 8601, UTC. */
  since: v.string(),
});

/** Who has the right to change a deployment. */
export type LockHolder = v.InferOutput<typeof holderSchema>;

/** Held until `release`, which does nothing when somebody has taken the lock away since. */
export interface Lock {
  holder: LockHolder;
  /** Whose lock it was before, when that process is gone without having given it back. */
  predecessor: LockHolder | undefined;
  release: () => Promise<void>;
}

/** What the lock is for. */
export interface LockRequest {
  stateDirectory: string;
  deployment: DeploymentName;
  reason: string;
  run: string;
}

/**
 * Takes the lock of a deployment. Throws an OperatorError that names the holder (exit 4) while another process has
 * it; the lock of a process that is gone is taken over. However many try at once, one gets it: the file comes into
 * being whole, by link(2), which fails where there is one already.
 */
export async function takeLock(request: LockRequest): Promise<Lock> {
  const path = lockPath(request);
  await makeFolder(join(path, ".."), { mode: 0o700 });
  const holder = await describeSelf(request);
  const predecessor = await acquire(path, holder, {
    depth: DEEPEST,
    refuse: other => held(request, other),
  });
  return { holder, predecessor, release: async () => void (await remove(path, holder)) };
}

/** The present holder, and whether its process is gone; undefined when nobody has the lock. */
export async function lockState(
  place: Pick<LockRequest, "stateDirectory" | "deployment">,
): Promise<{ holder: LockHolder; stale: boolean } | undefined> {
  const holder = await readHolder(lockPath(place));
  return holder === undefined ? undefined : { holder, stale: await isStale(holder) };
}

/** Takes the lock away from `holder`, whoever that is. Gives false when it was somebody else's by then. */
export async function breakLock(
  place: Pick<LockRequest, "stateDirectory" | "deployment">,
  holder: LockHolder,
): Promise<boolean> {
  return remove(lockPath(place), holder);
}

function lockPath({
  stateDirectory,
  deployment,
}: Pick<LockRequest, "stateDirectory" | "deployment">): string {
  return join(stateDirectory, deployment, "lock.json");
}

async function describeSelf({ reason, run }: LockRequest): Promise<LockHolder> {
  const self = await processIdentity(process.pid);
  if (self === undefined) throw new Error("/proc does not show this process");
  const since = new Date().toISOString();
  return { nonce: randomUUID(), user: userInfo().username, host: hostname(), ...self, reason, run, since };
}

/** Only a process of this machine can be known to be gone; one of another is taken to live. */
async function isStale(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return false;
  const now = await processIdentity(holder.pid);
  return now?.boot !== holder.boot || now.started !== holder.started;
}

interface Contest {
  /** How many more successors of successors may be contended for. */
  depth: number;
  refuse: (other: LockHolder) => OperatorError;
}

/** Takes the lock file and gives the holder that it was taken over from, if there was one. */
async function acquire(path: string, holder: LockHolder, contest: Contest): Promise<LockHolder | undefined> {
  for (let round = 1; ; round += 1) {
    if (await create(path, holder)) return undefined;
    const other = await readHolder(path);
    if (other === undefined) continue;
    if (contest.depth === 0 || !(await isStale(other))) throw contest.refuse(other);
    try {
      if (await takeOver(path, { holder, stale: other }, contest)) return other;
    } catch (error) {
      // Somebody else takes it over, or looks and leaves: whoever has it in the end is to be named.
      if (round === MOST_ROUNDS || !isRefusal(error)) throw error;
      await delay(ROUND_PAUSE);
    }
  }
}

/** The file comes into being with all its content; false when there is one already. */
async function create(path: string, holder: LockHolder): Promise<boolean> {
  const draft = await writeDraft(path, holder);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/**
 * Puts our lock in the place of a stale one. The right to do so is a lock of its own, named after the stale one; who
 * has it looks once more, so nobody replaces the lock of one who took over just before. When its holder died in the
 * middle, that lock is taken over in the same way. Gives false when the stale lock was no longer there.
 */
async function takeOver(
  path: string,
  { holder, stale }: { holder: LockHolder; stale: LockHolder },
  { depth, refuse }: Contest,
): Promise<boolean> {
  const successor = `${path}.${stale.nonce}.successor`;
  await acquire(successor, holder, { depth: depth - 1, refuse });
  try {
    const current = await readHolder(path);
    if (current?.nonce !== stale.nonce) return false;
    await rename(await writeDraft(path, holder), path);
    return true;
  } finally {
    await remove(successor, holder);
  }
}

async function writeDraft(path: string, holder: LockHolder): Promise<string> {
  const draft = `${path}.${holder.nonce}`;
  await writeFile(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600, flush: true });
  return draft;
}

async function remove(path: string, holder: LockHolder): Promise<boolean> {
  const current = await readHolder(path);
  if (current?.nonce !== holder.nonce) return false;
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
  return true;
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw new OperatorError(`cannot read the lock ${path}`, { code: "LOCK_UNREADABLE", cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return v.parse(holderSchema, JSON.parse(text));
  } catch (error) {
    throw new OperatorError(`the lock ${path} is not one that smc wrote`, {
      code: "LOCK_UNREADABLE",
      exit: ExitCode.Locked,
      hint: "look at the file; delete it when no smc works on this deployment",
      cause: error,
    });
  }
}

function held({ deployment }: LockRequest, other: LockHolder): OperatorError {
  const { user, host, pid, reason, run, since } = other;
  return new OperatorError(`${user}@${host} is at work on ${deployment}: smc ${reason}`, {
    code: "LOCKED",
    exit: ExitCode.Locked,
    details: [`pid ${pid} on ${host}, run ${run}, since ${since}`],
    hint:
      "wait for it, or look at it with smc history; smc unlock -d " +
      `${deployment} takes the lock away from a process that hangs`,
  });
}

function isRefusal(error: unknown): boolean {
  return error instanceof OperatorError && error.code === "LOCKED";
}
