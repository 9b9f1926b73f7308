import { OperatorError } from "../../base/operator-error.ts";
import { rebootNote } from "../../services/release/packages/decide.ts";
import { parseReboot } from "../../services/release/packages/look.ts";
import { rebootScript } from "../../services/release/packages/look-scripts.ts";
import type { CommandResult } from "../../transport/model.ts";
import type { Check, Finding } from "./checks.ts";

/** Whether the host waits for a reboot, which smc leaves to its operator. */
export const rebootCheck: Check = { name: "reboot", argv: rebootScript(), judge: judgeReboot };

/** Judges what `rebootScript` says. */
export function judgeReboot({ ok, stdout, stderr }: CommandResult): Omit<Finding, "check"> {
  if (!ok) return { verdict: "problem", detail: `could not be looked at: ${stderr.trim()}` };
  try {
    const state = parseReboot(stdout);
    const [note] = rebootNote(state);
    return note === undefined
      ? { verdict: "ok", detail: `runs the kernel ${state.running}` }
      : { verdict: "warning", detail: note, hint: "reboot it when its turn comes: smc reboots nothing" };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { verdict: "problem", detail: error.message };
  }
}
