import type { HostTarget } from "../base/host-target.ts";
import type { Milliseconds } from "../base/units.ts";
import { administered, assembleHostPlan, hostStep, type HostPlanRequest } from "../plan/host-plan.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";
import { loginCommand, newPasswordOf, passwordOf, setCommand, type HostAccount } from "./accounts.ts";

/** What is asked of the passwords of accounts. */
export interface PasswordsRequest extends HostPlanRequest {
  /** Those that do not have the new password yet, or did not tell. */
  changing: readonly HostAccount[];
  /** Accounts whose new password every host has when these have it. */
  complete: readonly string[];
  /** This machine, as a host of the plan, and where its secrets are. */
  here: HostTarget;
  secretsFolder: string;
  timeout: Milliseconds | undefined;
}

/** A wrong password is answered late, on purpose. */
const QUICK: Milliseconds = 30_000;

/** Arguments: the old password's file. */
const KEEP = 'set -eu; [ ! -e "$1.new" ] || mv -f "$1.new" "$1"';

/**
 * Gives accounts of hosts the new password, side by side, each tried by becoming the account with it. The new password takes the place of
 * the old one on this machine only when every host has it: until then both are kept, and one that did not answer is done by a later run.
 */
export function planPasswords(request: PasswordsRequest): Plan {
  const perAccount = Map.groupBy(request.changing, ({ account }) => account);
  const accounts = new Set([...perAccount.keys(), ...request.complete]);
  const steps = [...accounts].flatMap(account => {
    const hosts = (perAccount.get(account) ?? []).map(one => setSteps(request, one));
    const last = hosts.flatMap(own => own.slice(-1).map(({ id }) => id));
    const kept = request.complete.includes(account) ? [keepStep(request, account, last)] : [];
    return [...hosts.flat(), ...kept];
  });
  const targets = [...request.targets, request.here];
  return assembleHostPlan(
    { ...request, targets },
    { steps, onFailure: "continue", shared: true, reliesOn: request.complete },
  );
}

function setSteps(request: PasswordsRequest, { host, account }: HostAccount): Step[] {
  const timeout = request.timeout ?? QUICK;
  const stdin = [{ secret: newPasswordOf(account) }, "\n"];
  const set = hostStep({
    id: `set the password of ${account} on ${host}`,
    title: `set the new password of ${account} on ${host}`,
    kind: "set passwords",
    host,
    action: administered(request, { kind: "run", argv: setCommand(account), stdin } as const),
    timeout,
  });
  const user = request.targets.find(({ name }) => name === host)?.user;
  // Whoever is root becomes anybody without a password: that it opens the hash was seen already.
  if (user === undefined || user === "root") return [set];
  const login = hostStep({
    id: `become ${account} on ${host}`,
    title: `become ${account} on ${host} by the new password`,
    kind: "try passwords",
    host,
    action: { kind: "run", argv: loginCommand(account), stdin },
    needs: [set.id],
    timeout,
  });
  return [set, login];
}

function keepStep(request: PasswordsRequest, account: string, needs: readonly StepId[]): Step {
  const path = `${request.secretsFolder}/${passwordOf(account)}`;
  return hostStep({
    id: `keep the new password of ${account}`,
    title: `keep the new password of ${account} in place of the old one, in ${path}`,
    kind: "keep passwords",
    host: request.here.name,
    action: { kind: "run", argv: ["sh", "-c", KEEP, "sh", path] },
    done: { kind: "command", argv: ["test", "!", "-e", `${path}.new`] },
    needs,
    timeout: request.timeout ?? QUICK,
  });
}
