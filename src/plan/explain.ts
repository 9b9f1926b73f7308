import { counted } from "../base/counted.ts";
import { foldNames } from "../base/host-ranges.ts";
import { quoteForShell } from "../base/shell.ts";
import { formatDuration } from "../base/units.ts";
import { processCommand, systemctlCommand } from "./commands.ts";
import { describeProbe } from "./describe-probe.ts";
import type { Action, Content, Plan, Step, StepId } from "./model.ts";

const MOST_COMMANDS = 3;

/** One step in words: what `--dry-run` shows of it. */
export interface ExplainedStep {
  id: StepId;
  title: string;
  host: string;
  /** The exact command, quoted for a shell, or for a file its path and form. Secrets are named, not shown. */
  command: string;
  /** What must be so before it begins: the gates, and the turns and numbers of other steps. */
  guards: readonly string[];
  /** When it is skipped. */
  unless: string | undefined;
}

/** Every step of a plan in words, in its order. */
export function explainPlan(plan: Plan): ExplainedStep[] {
  const steps = new Map(plan.steps.map(step => [step.id, step]));
  return plan.steps.map(step => ({
    id: step.id,
    title: step.title,
    host: step.host,
    command: explainAction(step.action),
    guards: guardsOf(step, steps),
    unless: unlessOf(step),
  }));
}

/** The head of a dry run: what was asked, of which hosts, and how many steps it takes. */
export function explainHead(plan: Plan): string {
  const hosts = Object.keys(plan.hosts);
  const count = `${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}`;
  return `smc ${plan.command.join(" ")}\n${plan.deployment}: ${plan.steps.length} steps on ${count}: ${foldNames(hosts)}\n`;
}

/** One step as lines of text. */
export function explainLines(step: ExplainedStep, number: number): string {
  const lines = [`${String(number).padStart(4)}. ${step.host}: ${step.title}`, `      ${step.command}`];
  lines.push(...step.guards.map(guard => `      gate: ${guard}`));
  if (step.unless !== undefined) lines.push(`      unless ${step.unless}`);
  return `${lines.join("\n")}\n`;
}

function explainAction(action: Action): string {
  switch (action.kind) {
    case "run":
      return asUser(action.runAs, quoteForShell([...environment(action.env), ...action.argv]));
    case "put":
      return explainPut(action);
    case "push":
      return `push ${action.artefact.name} ${action.artefact.version} into ${action.folder}${action.beside === true ? ", beside what runs" : ""}`;
    case "unit":
      return explainUnit(action);
    case "socket":
      return `${quoteForShell(["printf", "%s\\n", action.send])} | ${quoteForShell(["socat", "-", action.socket])}`;
    case "cql":
      return action.statements.map(statement => `${contentText(statement)};`).join(" ");
    case "repair":
      return explainRepair(action);
    case "wait":
      return explainWait(action);
    default:
      return action satisfies never;
  }
}

function explainWait({ probe, patience, stall }: Extract<Action, { kind: "wait" }>): string {
  const most = patience === undefined ? "" : `, for ${formatDuration(patience)} at most`;
  const givenUp = stall === undefined ? "" : `, or nothing moves for ${formatDuration(stall.still)}`;
  return `wait until ${describeProbe(probe)}${most}${givenUp}`;
}

function explainPut({ path, content, append, mode, owner }: Extract<Action, { kind: "put" }>): string {
  const text = content.filter(part => typeof part === "string").join("");
  const secrets = content.flatMap(part => (typeof part === "string" ? [] : [`secret ${part.secret}`]));
  const what = [
    // The end of the line behind a secret is nothing to tell of.
    ...(text.trim() === "" && secrets.length > 0 ? [] : [counted(text.length, "character")]),
    ...secrets,
    ...(append === undefined ? [] : [`then ${append.path} of ${append.host}`]),
    `mode ${mode.toString(8).padStart(4, "0")}`,
    ...(owner === undefined ? [] : [`owner ${owner}`]),
  ];
  return `write ${quoteForShell([path])} (${what.join(", ")})`;
}

/** All commands, as one may have to be typed by hand; of very many, the first ones. */
function explainRepair({ commands, runAs }: Extract<Action, { kind: "repair" }>): string {
  const shown = commands.slice(0, MOST_COMMANDS).map(({ argv }) => asUser(runAs, quoteForShell(argv)));
  const more = commands.length - shown.length;
  return more === 0 ? shown.join("; ") : `${shown.join("; ")}; and ${more} more for further ranges`;
}

function explainUnit({ unit, operation, runAs }: Extract<Action, { kind: "unit" }>): string {
  if (unit.manager === "systemd") return asUser(runAs, quoteForShell(systemctlCommand(operation, unit.name)));
  const command = quoteForShell(processCommand(unit));
  return operation === "stop"
    ? `kill -s ${unit.stopSignal} the process group of ${unit.name}`
    : `${operation} in ${unit.directory}: ${command} >>${unit.log}`;
}

function asUser(user: string | undefined, command: string): string {
  return user === undefined ? command : `sudo -n -u ${user} ${command}`;
}

function environment(env: Readonly<Record<string, string>> | undefined): string[] {
  const pairs = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? [] : ["env", ...pairs];
}

function contentText(content: Content): string {
  return content.map(part => (typeof part === "string" ? part : `[secret ${part.secret}]`)).join("");
}

function guardsOf(step: Step, steps: ReadonlyMap<StepId, Step>): string[] {
  const direct = [...step.needs, ...step.after].flatMap(id => steps.get(id) ?? []);
  const gates = direct.filter(({ action }) => action.kind === "wait").map(({ title }) => title);
  const some = (step.needsSome ?? []).map(({ of, atLeast }) => `at least ${atLeast} of: ${of.join(", ")}`);
  const { turn } = step;
  const turns =
    turn === undefined
      ? []
      : [
          `one at a time (${turn.group})${turn.unless === undefined ? "" : `, unless ${describeProbe(turn.unless)}`}`,
        ];
  return [...gates, ...some, ...turns, ...ownGuards(step)];
}

function ownGuards({ action, timeout }: Step): string[] {
  if (action.kind === "wait") return [`at most ${formatDuration(timeout)}`];
  if (action.kind !== "repair") return [];
  const hosts = foldNames(action.replicas.map(({ host }) => host));
  return [
    `no repair is under way on ${hosts}; waits at most ${formatDuration(action.patience)} for another`,
    `the ring has the nodes and tokens that the ranges were cut for`,
    ...(action.rest === 0
      ? []
      : [`then leaves the nodes in peace ${action.rest.toFixed(2)} times as long as each command took`]),
  ];
}

function unlessOf(step: Step): string | undefined {
  if (step.done !== undefined) return describeProbe(step.done);
  if (step.action.kind === "repair") return `the ledger has it since ${step.action.since}`;
  if (step.rescues !== undefined) return `none of these fails: ${step.rescues.join(", ")}`;
  if (step.whenChanged === undefined) return undefined;
  return `nothing changed in: ${step.whenChanged.join(", ")}`;
}
