/** The exit codes of smc, one table for every verb (DESIGN.md section 5). `status` alone uses `NotAllRunning` and `Unreachable`. */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  Usage: 2,
  Refused: 3,
  Locked: 4,
  Interrupted: 130,
} as const;

/** `smc status` answers as an LSB init script does: 0 all running, 3 something is not, 4 something could not be reached. */
export const StatusExitCode = { AllRunning: 0, NotAllRunning: 3, Unreachable: 4 } as const;

export type ExitCode =
  (typeof ExitCode)[keyof typeof ExitCode] | (typeof StatusExitCode)[keyof typeof StatusExitCode];
