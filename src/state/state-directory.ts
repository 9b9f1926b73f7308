import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * The folder that smc keeps journals, locks and local processes in: `SMC_STATE`, else `smc` in `XDG_STATE_HOME`, else
 * `~/.local/state/smc` (XDG Base Directory Specification 0.8). Always absolute.
 */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const own = nonEmpty(env["SMC_STATE"]);
  if (own !== undefined) return resolve(own);
  const home = nonEmpty(env["HOME"]) ?? homedir();
  return join(resolve(nonEmpty(env["XDG_STATE_HOME"]) ?? join(home, ".local/state")), "smc");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
