import { ExitCode } from "../base/exit-code.ts";
import { isPassword } from "../access/accounts.ts";
import type { SecretName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Deployment } from "../inventory/model.ts";
import { hostKeySecret, vmsOf } from "../machines/vm.ts";
import type { Plan } from "../plan/model.ts";
import { secretsOf, type PlanSecret } from "../plan/secrets.ts";
import { SecretFiles } from "../state/secret-files.ts";
import { isTracked } from "../state/tracked-files.ts";
import { loadSite, type Site } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { askPlan } from "./service-verb.ts";
import { renderTable } from "../report/table.ts";

/** What is known of one secret of a deployment. */
interface SecretState {
  name: string;
  path: string;
  state: "present" | "missing" | "not used";
  /** smc makes it up; the others come from outside. */
  generated: boolean;
}

/** `smc secrets init`: makes up every password that the deployment needs and that smc itself sets; names what has to come from outside. */
export async function initSecrets(context: CommandContext<unknown>): Promise<ExitCode> {
  const { files, wanted, deployment } = await secretsInUse(context);
  await refuseTracked(
    files,
    wanted.map(secret => secret.name),
  );
  const { dryRun } = context.global;
  const made: string[] = [];
  for (const { name } of wanted.filter(({ generated }) => generated)) {
    if (dryRun ? !(await files.has(name)) : await files.generate(name)) made.push(name);
  }
  const states = await statesOf(files, wanted);
  const missing = states.filter(({ state }) => state === "missing");
  if (context.global.json)
    printJson(context, { deployment, ...(dryRun ? { dryRun } : {}), made, secrets: states });
  else {
    const { stderr } = context.io;
    const makes = dryRun ? "would make" : "made";
    stderr.write(
      made.length === 0 ? "no password was missing\n" : `${makes} ${made.join(", ")} in ${files.folder}\n`,
    );
    for (const { name, path } of missing.filter(({ generated }) => !generated))
      stderr.write(`${name} has to come from you: put it at ${path} (mode 600)\n`);
  }
  return missing.every(({ generated }) => generated) ? ExitCode.Done : ExitCode.Failed;
}

/** `smc secrets list`: the secrets of the deployment by name, never by value. */
export async function listSecrets(context: CommandContext<unknown>): Promise<ExitCode> {
  const { files, wanted, keys, deployment } = await secretsInUse(context);
  const states = await statesOf(files, wanted, keys);
  if (context.global.json) printJson(context, { deployment, secrets: states });
  else {
    const rows = states.map(({ name, state, generated }) => [
      name,
      state,
      generated ? "made by smc" : "from outside",
    ]);
    context.io.stdout.write(renderTable(["secret", "state", "source"], rows));
  }
  return ExitCode.Done;
}

/** `smc secrets check`: every secret is there, nobody else can read it, and no version control knows it. */
export async function checkSecrets(context: CommandContext<unknown>): Promise<ExitCode> {
  const { files, wanted, deployment } = await secretsInUse(context);
  const problems: string[] = [];
  for (const { name } of wanted) {
    const value = await files.get(name).catch((error: unknown) => {
      problems.push(error instanceof OperatorError ? error.message : String(error));
      return "unreadable";
    });
    if (value === undefined) problems.push(`${name} is missing: ${files.path(name)}`);
  }
  const present = await files.list();
  for (const name of present) {
    if (await isTracked(files.path(name))) problems.push(`${files.path(name)} is tracked by git`);
  }
  if (context.global.json) printJson(context, { deployment, problems });
  else
    context.io.stderr.write(
      problems.length === 0 ? `${wanted.length} secrets are in order\n` : `${problems.join("\n")}\n`,
    );
  return problems.length === 0 ? ExitCode.Done : ExitCode.Failed;
}

async function secretsInUse(
  context: CommandContext<unknown>,
): Promise<{ files: SecretFiles; wanted: PlanSecret[]; keys: ReadonlySet<SecretName>; deployment: string }> {
  const site = await loadSite(context, { secretsMayBeMissing: true });
  const files = new SecretFiles(site.secretsFolder);
  const ofServices = site.deployment.instances.length === 0 ? [] : secretsOf(planOfAll(context, site));
  const passwords = (await files.list()).filter(isPassword);
  const keys = vmsOf(site.deployment).map(({ name }) => hostKeySecret(name));
  return {
    files,
    wanted: [...ofServices, ...deliveredBeside(ofServices, site.deployment)],
    keys: new Set([...keys, ...passwords]),
    deployment: site.deployment.name,
  };
}

function planOfAll(context: CommandContext<unknown>, site: Site): Plan {
  const words = { service: "all", hosts: [] };
  const asked = askPlan(context, { verb: "start", words, options: {}, site });
  return asked.plan({ instances: new Map() });
}

/** What hosts are to have beside what services need. */
function deliveredBeside(wanted: readonly PlanSecret[], { secrets = [] }: Deployment): PlanSecret[] {
  const known = new Set(wanted.map(({ name }) => name));
  const names = new Set(secrets.map(({ name }) => name).filter(name => !known.has(name)));
  return [...names].map(name => ({ name, generated: false }));
}

/** `keys` are what smc made for hosts: the host keys of VMs, which are made with these, and passwords of accounts. */
async function statesOf(
  files: SecretFiles,
  wanted: readonly PlanSecret[],
  keys: ReadonlySet<SecretName> = new Set(),
): Promise<SecretState[]> {
  const present = new Set(await files.list());
  const used = wanted.map(({ name, generated }): SecretState => ({
    name,
    path: files.path(name),
    state: present.has(name) ? "present" : "missing",
    generated,
  }));
  const names = new Set(wanted.map(({ name }) => name));
  const unused = [...present].filter(name => !names.has(name));
  return [
    ...used,
    ...unused.map((name): SecretState => ({
      name,
      path: files.path(name),
      state: keys.has(name) ? "present" : "not used",
      generated: keys.has(name),
    })),
  ];
}

async function refuseTracked(files: SecretFiles, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!(await isTracked(files.path(name)))) continue;
    throw new OperatorError(
      `${files.path(name)} is tracked by git: whoever has the repository has the secret`,
      {
        code: "SECRET_TRACKED",
        exit: ExitCode.Refused,
        hint: `git rm --cached ${files.path(name)}, then change the secret`,
      },
    );
  }
}

function printJson(context: CommandContext<unknown>, data: object): void {
  context.io.stdout.write(`${JSON.stringify({ version: 1, ...data }, null, 2)}\n`);
}
