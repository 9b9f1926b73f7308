import { counted } from "../base/counted.ts";
import { relative } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import { chooseDeployment } from "../inventory/choose-deployment.ts";
import type { Problem } from "../inventory/model.ts";
import { formatProblem, problemsInUse } from "../inventory/problems.ts";
import { loadFile, type LoadedFile } from "./load.ts";
import type { CommandContext } from "./model.ts";
import { serviceProblems } from "./service-problems.ts";

/**
 * `smc check`: every problem of the services file, for every deployment. With `-d`, what that deployment lacks on this
 * machine (an environment variable, a secret) counts as an error.
 */
export async function check(context: CommandContext<unknown>): Promise<ExitCode> {
  const loaded = await loadFile(context);
  const problems = [...weigh(context, loaded), ...serviceProblems(context, loaded)];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const { io, global } = context;
  const deployments = [...(loaded.inventory?.deployments.keys() ?? [])];
  if (global.json) {
    const answer = { version: 1, file: loaded.file, ok: errors === 0, deployments, problems };
    io.stdout.write(`${JSON.stringify(answer)}\n`);
  } else {
    const shown = global.quiet ? problems.filter(({ severity }) => severity === "error") : problems;
    for (const problem of shown) io.stderr.write(`${formatProblem(problem)}\n`);
    const summary = `${counted(errors, "error")}, ${counted(problems.length - errors, "warning")}`;
    const of = deployments.length === 0 ? "" : ` in ${deployments.join(", ")}`;
    if (!global.quiet) io.stdout.write(`${relative(io.directory, loaded.file)}: ${summary}${of}\n`);
  }
  return errors === 0 ? ExitCode.Done : ExitCode.Usage;
}

/** Without `-d` nobody uses a deployment yet. */
function weigh({ global }: CommandContext<unknown>, { problems, inventory }: LoadedFile): readonly Problem[] {
  if (global.deployment === undefined) return problems;
  if (inventory === undefined) return problemsInUse(problems, global.deployment);
  return problemsInUse(problems, chooseDeployment(inventory, { named: global.deployment, hosts: [] }).name);
}
