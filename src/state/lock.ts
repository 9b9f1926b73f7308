import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { ExitCode } from "../base/exit-code.ts";
import type { DeploymentName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { processIdentity } from "./process-identity.ts";

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
  release(): Promise<void>;
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
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const holder = await describeSelf(request);
  for (;;) {
    if (await create(path, holder)) return lockOf(path, holder);
    const other = await readHolder(path);
    if (other === undefined) continue;
    if (!(await isStale(other))) throw held(request, other);
    if (await takeOver(path, { holder, stale: other })) return lockOf(path, holder);
  }
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

async function create(path: string, holder: LockHolder): Promise<boolean> {
  const draft = `${path}.${holder.nonce}`;
  await writeFile(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
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
 * Puts our lock in the place of a stale one. Only the process that has made the stale lock's successor file may do
 * so, and it looks once more whether the lock is still the stale one: a slow second process finds either the
 * successor file or a new lock. A successor file whose maker died is stale itself and is taken over the same way.
 */
async function takeOver(path: string, change: { holder: LockHolder; stale: LockHolder }): Promise<boolean> {
  const { holder, stale } = change;
  const successor = `${path}.${stale.nonce}.successor`;
  if (!(await create(successor, holder))) {
    const other = await readHolder(successor);
    if (other !== undefined && (await isStale(other))) await remove(successor, other);
    return false;
  }
  const current = await readHolder(path);
  if (current?.nonce !== stale.nonce) {
    await unlink(successor);
    return false;
  }
  await rename(successor, path);
  return true;
}

async function remove(path: string, holder: LockHolder): Promise<boolean> {
  const current = await readHolder(path);
  if (current?.nonce !== holder.nonce) return false;
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
  return true;
}

function lockOf(path: string, holder: LockHolder): Lock {
  return { holder, release: async () => void (await remove(path, holder)) };
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
    hint: "wait for it, or look at it with smc history; smc unlock takes the lock away from a process that hangs",
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
