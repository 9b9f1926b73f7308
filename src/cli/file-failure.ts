import { stateDirectory } from "../state/state-directory.ts";

/** What the operating system refused to do with a file. */
export interface FileFailure {
  /** `open`, `scandir`, `write` … */
  call: string;
  /** Absent where the file was open already. */
  path: string | undefined;
  why: string;
  /** Nobody may do this with the file but another account. */
  isDenied: boolean;
}

/** errno(3): what lies in how the files of this machine are, and not in smc. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "the quota is used up",
  EISDIR: "it is a folder",
  ENOTDIR: "it, or a part of its path, is no folder",
  EIO: "the disk fails",
  ELOOP: "its links go in a circle",
};
const DOINGS: Readonly<Record<string, string>> = {
  open: "opened",
  mkdir: "made",
  scandir: "read",
  read: "read",
  write: "written",
  fsync: "written",
  stat: "looked at",
  lstat: "looked at",
};

/** The refusal of the operating system that an error is, or was caused by; undefined where there is none. */
export function fileFailure(error: unknown): FileFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall: call, path } = error as NodeJS.ErrnoException;
  const why = call === "mkdir" ? (REASONS[code ?? ""] ?? "something is in its way") : REASONS[code ?? ""];
  if (why === undefined || call === undefined || !(path !== undefined || call in DOINGS)) {
    return fileFailure(error.cause);
  }
  return { call, path, why, isDenied: code === "EACCES" || code === "EPERM" };
}

/** One sentence: which file, and why not. */
export function describeFileFailure({ call, path, why }: FileFailure): string {
  return `${path ?? "a file"} cannot be ${DOINGS[call] ?? "used"}: ${why}`;
}

/** What the operator can do about it; undefined where only a look at the machine helps. */
export function fileFailureHint(
  { path, isDenied }: FileFailure,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (path === undefined) return undefined;
  const state = stateDirectory(env);
  if (isWithin(path, state) || isWithin(state, path)) {
    return "smc keeps its locks and journals there: set SMC_STATE to a folder of yours";
  }
  return isDenied ? `ls -ld ${path}  shows whose it is` : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}
