import type { HostTarget } from "../base/host-target.ts";
import type { Milliseconds } from "../base/units.ts";
import { administered, assembleHostPlan, hostStep, type HostPlanRequest } from "../plan/host-plan.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";
import { loginCommand, newPasswordOf, passwordOf, setCommand, type HostAccount } from "./accounts.ts";

/** What is asked of the passwords of accounts. */
export interface PasswordsRequest extends HostPlanRequest {
  /** Those that do not have the new password yet, or did not tell. */
  changing: readonly HostAccount[];
  /** Those that have it already. An earlier run may have ended before it was tried, so it is before an account is complete. */
  changed: readonly HostAccount[];
  /** Accounts whose new password every host has when these have it. */
  complete: readonly string[];
  /** Accounts that are locked somewhere, over what may be the old password: that is kept too, under another name. */
  locked: readonly string[];
  /** Give locked accounts a password, too. */
  unlock: boolean;
  /** This machine, as a host of the plan, and where its secrets are. */
  here: HostTarget;
  secretsFolder: string;
  timeout: Milliseconds | undefined;
}

/** A wrong password is answered late, on purpose. */
const QUICK: Milliseconds = 30_000;

/** Arguments: the old password's file, `locked` where it is to be found later as `.old`, `.old2` … */
const KEEP = `set -eu
[ -e "$1.new" ] || exit 0
if [ "$2" = locked ] && [ -e "$1" ]; then
  number=
  while [ -e "$1.old$number" ]; do number=$((\${number:-1} + 1)); done
  mv "$1" "$1.old$number"
fi
mv -f "$1.new" "$1"`;

/**
 * Gives accounts of hosts the new password, side by side, each tried by becoming the account with it. The new password takes the place of
 * the old one on this machine only when every host has it: until then both are kept, and one that did not answer is done by a later run.
 */
export function planPasswords(request: PasswordsRequest): Plan {
  const { changing, changed, complete } = request;
  const accounts = new Set([...changing.map(({ account }) => account), ...complete]);
  const steps = [...accounts].flatMap(account => {
    const of = (group: readonly HostAccount[]) => group.filter(one => one.account === account);
    const tried = complete.includes(account) ? of(changed).map(one => loginSteps(request, one, [])) : [];
    const hosts = [...of(changing).map(one => setSteps(request, one)), ...tried];
    const last = hosts.flatMap(own => own.slice(-1).map(({ id }) => id));
    const kept = complete.includes(account) ? [keepStep(request, account, last)] : [];
    return [...hosts.flat(), ...kept];
  });
  const targets = [...request.targets, request.here];
  return assembleHostPlan(
    { ...request, targets },
    { steps, onFailure: "continue", shared: true, reliesOn: request.complete },
  );
}

function setSteps(request: PasswordsRequest, one: HostAccount): Step[] {
  const { host, account } = one;
  const set = hostStep({
    id: `set the password of ${account} on ${host}`,
    title: `set the new password of ${account} on ${host}`,
    kind: "set passwords",
    host,
    action: administered(request, {
      kind: "run",
      argv: setCommand(account, request),
      stdin: stdinOf(account),
    } as const),
    timeout: request.timeout ?? QUICK,
  });
  return [set, ...loginSteps(request, one, [set.id])];
}

/** None where smc is root, who becomes anybody without a password: that it opens the hash was seen already. */
function loginSteps(
  request: PasswordsRequest,
  { host, account }: HostAccount,
  needs: readonly StepId[],
): Step[] {
  const user = request.targets.find(({ name }) => name === host)?.user;
  if (user === undefined || user === "root") return [];
  const login = hostStep({
    id: `become ${account} on ${host}`,
    title: `become ${account} on ${host} by the new password`,
    kind: "try passwords",
    host,
    action: { kind: "run", argv: loginCommand(account), stdin: stdinOf(account) },
    needs,
    timeout: request.timeout ?? QUICK,
  });
  return [login];
}

function stdinOf(account: string) {
  return [{ secret: newPasswordOf(account) }, "\n"];
}

function keepStep(request: PasswordsRequest, account: string, needs: readonly StepId[]): Step {
  const path = `${request.secretsFolder}/${passwordOf(account)}`;
  const locked = request.locked.includes(account) ? "locked" : "";
  return hostStep({
    id: `keep the new password of ${account}`,
    title: `keep the new password of ${account} in place of the old one, in ${path}`,
    kind: "keep passwords",
    host: request.here.name,
    action: { kind: "run", argv: ["sh", "-c", KEEP, "sh", path, locked] },
    done: { kind: "command", argv: ["test", "!", "-e", `${path}.new`] },
    needs,
    timeout: request.timeout ?? QUICK,
  });
}
