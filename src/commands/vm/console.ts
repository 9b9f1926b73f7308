import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { vmPlaces } from "../../machines/places.ts";
import type { Vm } from "../../machines/vm.ts";
import { targetOf } from "../../services/planners/planned-instance.ts";
import type { CommandResult } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { loadSite } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { renderingSite } from "../selected-hosts.ts";
import { rootOptions, type VmAsk } from "./observe.ts";
import { vmsOfWords } from "./words.ts";

const TAIL_TIMEOUT: Milliseconds = 20_000;

/** `smc vm console VM`: the last lines that the VM wrote to its console, kept by its machine, whether it runs or not. */
export async function vmConsole(context: CommandContext<{ lines: number }>, name: string): Promise<ExitCode> {
  const site = await loadSite(context, { hosts: [name], secretsMayBeMissing: true });
  const [vm, ...others] = vmsOfWords(context, site, [name]);
  if (vm === undefined || others.length > 0) {
    throw new OperatorError("one console at a time is shown", { code: "USAGE", hint: "smc vm console VM" });
  }
  const transport = openTransport(context.io);
  try {
    const result = await tailOf({ context, site, transport }, vm, context.options.lines);
    context.io.stdout.write(result.stdout);
    if (result.ok) return ExitCode.Done;
    context.io.stderr.write(`${vm.machine.name}: ${describeEnd(result.end)} ${result.stderr.trim()}\n`);
    return ExitCode.Failed;
  } finally {
    await transport.close();
  }
}

function tailOf(ask: VmAsk, { name, machine }: Vm, lines: number): Promise<CommandResult> {
  const target = targetOf(renderingSite(ask.context, ask.site), machine);
  const argv = ["tail", "-n", String(lines), vmPlaces(name).console];
  return ask.transport.connection(target).run(argv, { ...rootOptions(ask), timeout: TAIL_TIMEOUT });
}
