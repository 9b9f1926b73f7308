import { accountOf, administratorOf } from "../../inventory/administrator.ts";
import {
  lookCommand,
  newPasswordOf,
  oldPasswordOf,
  parseAccount,
  passwordOf,
  type AccountState,
  type HostAccount,
} from "../../access/accounts.ts";
import { planPasswords } from "../../access/plan-passwords.ts";
import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import { isTracked } from "../../state/tracked-files.ts";
import type { Transport } from "../../transport/model.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { askAll } from "../fleet/fan-out.ts";
import { selectTargets } from "../fleet/targets.ts";
import { HERE } from "../image/here.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;

/** Options of `smc passwords rotate`. */
export interface PasswordOptions {
  /** Absent: the account that smc logs in as. */
  account?: string;
  /** Give a password to accounts that none opens, too. */
  unlock?: boolean;
}

type Seen = HostAccount & { state: AccountState };

interface PasswordsAsk {
  context: CommandContext<PasswordOptions>;
  site: Site;
  transport: Transport;
  files: SecretFiles;
}

/**
 * `smc passwords rotate [HOST…]`: a new password for an account on hosts. It becomes the password that is kept here only when every host
 * of the deployment has it; until then the next call goes on with it where it is not yet. Exits 1 while one has not.
 */
export async function rotatePasswords(
  context: CommandContext<PasswordOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  refuseLocal(site);
  const transport = openTransport(context.io);
  try {
    const ask = { context, site, transport, files: new SecretFiles(site.secretsFolder) };
    return await rotate(ask, words);
  } finally {
    await transport.close();
  }
}

async function rotate(ask: PasswordsAsk, words: readonly string[]): Promise<ExitCode> {
  const { context, site, transport } = ask;
  const named = namedHosts(ask, words);
  const seen = await lookAtAccounts(ask);
  const open = seen.filter(one => isOpen(one, context.options));
  const changing = open.filter(({ host }) => named.has(host));
  const left = open.filter(({ host }) => !named.has(host));
  const unfinished = accountsOf(left);
  const complete = accountsOf(seen).filter(
    account => !unfinished.includes(account) && isTouched(account, seen, context.options),
  );
  const locked = seen.filter(one => one.state === "locked" && !open.includes(one));
  tellOfOthers(
    context,
    seen.filter(({ host }) => named.has(host)),
  );
  const plan = planPasswords({
    command: context.argv,
    deployment: site.deployment.name,
    targets: targetsOf(ask),
    parallel: site.deployment.ssh.parallel,
    administrator: administratorOf(site.deployment),
    now: new Date(),
    timeout: context.global.timeout,
    changing,
    changed: seen.filter(({ state }) => state === "new"),
    complete,
    locked: accountsOf(locked),
    unlock: context.options.unlock === true,
    here: HERE,
    secretsFolder: site.secretsFolder,
  });
  if (context.global.dryRun) return printPlan(context, plan);
  if (changing.length > 0) {
    await confirm(context, `change the password of ${describe(changing)}?`);
    await provide(ask, accountsOf(changing));
  }
  const code = await executePlan({ context, site, transport, plan });
  await tellWhatIsKept(ask, [...new Set([...accountsOf(changing), ...complete])], locked);
  return code;
}

/** Throws an OperatorError for a host that smc does not manage: nothing is changed there. */
function namedHosts(
  { context, site: { deployment } }: PasswordsAsk,
  words: readonly string[],
): Set<HostName> {
  const names = selectTargets(deployment, words, context.global).map(({ name }) => name);
  const unmanaged = names.filter(name => deployment.hosts.get(name)?.managed !== true);
  if (unmanaged.length === 0) return new Set(names);
  throw new OperatorError(
    `smc does not manage ${foldNames(unmanaged)}: its passwords are not smc's to change`,
    {
      code: "HOST_NOT_MANAGED",
      hint: "managed: false says so in the services file",
    },
  );
}

/** An account that has not the new password, or of which nobody knows. */
function isOpen({ state }: Seen, { unlock }: PasswordOptions): boolean {
  return state === "old" || state === "unknown" || (state === "locked" && unlock === true);
}

/** Some host has the new password, or is to have it. */
function isTouched(account: string, seen: readonly Seen[], options: PasswordOptions): boolean {
  return seen.some(one => one.account === account && (one.state === "new" || isOpen(one, options)));
}

/** All hosts of the deployment are asked, whichever are named: the old password is thrown away only when none has it. */
async function lookAtAccounts(ask: PasswordsAsk): Promise<readonly Seen[]> {
  const { context, site, transport, files } = ask;
  const account = accountOf(site.deployment);
  return askAll<Seen>({
    context,
    targets: targetsOf(ask),
    title: "looking at the accounts of hosts",
    concurrency: site.deployment.ssh.parallel,
    ask: async (target, signal) => {
      const one = { host: target.name, account: accountOn(target, context.options) };
      const password = await files.get(newPasswordOf(one.account));
      const limits = { timeout: LOOK_TIMEOUT, signal, ...account };
      const stdin = `${password?.reveal() ?? ""}\n`;
      const result = await transport.connection(target).run(lookCommand(one.account), { ...limits, stdin });
      return { ...one, state: (result.ok ? parseAccount(result.stdout) : undefined) ?? "unknown" };
    },
  });
}

function targetsOf({ context, site }: PasswordsAsk): HostTarget[] {
  return selectTargets(site.deployment, [], { on: undefined, connectTimeout: context.global.connectTimeout });
}

/** Throws an OperatorError where nobody said which. */
function accountOn({ name, user }: HostTarget, { account }: PasswordOptions): string {
  if (account !== undefined) return account;
  if (user !== "") return user;
  throw new OperatorError(`the services file does not say as whom smc logs in to ${name}`, {
    code: "ACCOUNT_UNKNOWN",
    hint: "say which with --account",
  });
}

/** Makes up what is not there: a password that an operator put there, or that an earlier run began with, is taken. */
async function provide({ context, files }: PasswordsAsk, accounts: readonly string[]): Promise<void> {
  for (const account of accounts) {
    const name = newPasswordOf(account);
    const tracked = await isTracked(files.path(name));
    if (tracked) throw new OperatorError(`${files.path(name)} is tracked by git`, { code: "SECRET_TRACKED" });
    if (await files.generate(name)) continue;
    context.io.stderr.write(
      `note: ${files.path(name)} was there already, and is the new password of ${account}\n`,
    );
  }
}

function tellOfOthers({ io, options }: CommandContext<PasswordOptions>, seen: readonly Seen[]): void {
  const tell = (state: AccountState, what: string): void => {
    const hosts = seen.filter(one => one.state === state).map(({ host }) => host);
    if (hosts.length > 0) io.stderr.write(`note: ${foldNames(hosts)}: ${what}\n`);
  };
  tell("absent", "there is no such account");
  if (options.unlock !== true) tell("locked", "no password opens the account; --unlock gives it one");
  tell("unknown", "did not answer: done when smc resume, or this again, reaches it");
}

async function tellWhatIsKept(
  { context, files }: PasswordsAsk,
  accounts: readonly string[],
  locked: readonly Seen[],
): Promise<void> {
  const tell = (text: string) => context.io.stderr.write(`${text}\n`);
  for (const account of accounts) {
    const path = files.path(passwordOf(account));
    const hosts = locked.filter(one => one.account === account).map(({ host }) => host);
    if (await files.has(newPasswordOf(account))) {
      const old = (await files.has(passwordOf(account))) ? path : "not known to smc";
      tell(
        `some hosts have the old password of ${account} yet (${old}); the new one is in ${files.path(newPasswordOf(account))}`,
      );
    } else if (hosts.length === 0) tell(`every host has the new password of ${account}: ${path}`);
    else {
      tell(`every host where ${account} is not locked has its new password: ${path}`);
      if (await files.has(oldPasswordOf(account)))
        tell(`${foldNames(hosts)} may have an old one behind the lock: it is kept in ${path}.old…`);
    }
  }
}

function accountsOf(seen: readonly Seen[]): string[] {
  return [...new Set(seen.map(({ account }) => account))];
}

function describe(changing: readonly Seen[]): string {
  return [...Map.groupBy(changing, ({ account }) => account)]
    .map(([account, group]) => `${account} on ${foldNames(group.map(({ host }) => host))}`)
    .join(", ");
}

function refuseLocal({ deployment }: Site): void {
  if (deployment.transport === "ssh") return;
  throw new OperatorError(`${deployment.name} is on this machine alone: passwd changes your password`, {
    code: "HOST_IS_LOCAL",
  });
}
