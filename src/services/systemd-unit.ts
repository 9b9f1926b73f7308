import type { Host, Instance } from "../inventory/model.ts";
import type { RenderedInstance } from "./model.ts";
import { mountsOf } from "./mounts.ts";
import { literal, quoteAssignment, quoteExecWord } from "./systemd-quote.ts";

/** What a unit file is made of. */
export interface UnitSource {
  instance: Instance;
  host: Host;
  rendered: RenderedInstance;
}

/** Long enough for a database to write what it has in memory. */
const STOP_SECONDS = 120;
const RESTART_SECONDS = 3;
/** So many restarts in so many seconds, and systemd gives up: a program that cannot run must show as failed. */
const RESTARTS = { most: 10, withinSeconds: 120 };
/** A JVM that ends because of SIGTERM exits with 128 + 15: a stop that was asked for is no failure. */
const CLEAN_EXIT_CODES = "130 143";
const HIGHEST_PRIVILEGED_PORT = 1023;

/** Limits by the letter that `ulimit` has for them, with the unit that it counts in. */
const LIMITS: Readonly<Record<string, { name: string; unit: string }>> = {
  c: { name: "CORE", unit: "" },
  l: { name: "MEMLOCK", unit: "K" },
  n: { name: "NOFILE", unit: "" },
  s: { name: "STACK", unit: "K" },
  u: { name: "NPROC", unit: "" },
  v: { name: "AS", unit: "K" },
};

/**
 * The unit file that runs an instance (systemd.unit(5), systemd.service(5), systemd.exec(5); Debian 12 has version 252).
 * The same instance always gives the same text. The program runs in the foreground; its output is appended to its log.
 */
export function systemdUnitFile(source: UnitSource): string {
  return [
    "# Written by smc; a change made here is lost at the next start.",
    "[Unit]",
    `Description=${literal(source.instance.name)}`,
    "Wants=network-online.target",
    "After=network-online.target",
    `StartLimitIntervalSec=${RESTARTS.withinSeconds}`,
    `StartLimitBurst=${RESTARTS.most}`,
    ...mountsOf(source.host, source.rendered).map(path => `RequiresMountsFor=${literal(path)}`),
    "",
    "[Service]",
    "Type=exec",
    ...serviceLines(source),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

function serviceLines({ rendered, host }: UnitSource): string[] {
  const { command, reload } = rendered;
  const user = rendered.user === "" ? host.user : rendered.user;
  return [
    `User=${user}`,
    `WorkingDirectory=${literal(command.directory)}`,
    ...Object.entries(command.env)
      .toSorted(byName)
      .map(([name, value]) => `Environment=${quoteAssignment(name, value)}`),
    ...Object.entries(command.limits).toSorted(byName).map(limitLine),
    ...capabilityLines(rendered, user),
    ...runtimeLines(rendered),
    ...logLines(rendered.log, user),
    `ExecStart=${execWords(command).join(" ")}`,
    ...(reload !== undefined && "signal" in reload
      ? [`ExecReload=/bin/kill -s ${reload.signal} $MAINPID`]
      : []),
    "Restart=on-failure",
    `RestartSec=${RESTART_SECONDS}`,
    `KillSignal=SIG${command.stopSignal}`,
    "KillMode=mixed",
    `TimeoutStopSec=${STOP_SECONDS}`,
    `SuccessExitStatus=${CLEAN_EXIT_CODES}`,
  ];
}

/** systemd refuses a relative path with a slash; one without a slash it looks up as a shell does. */
function execWords(command: RenderedInstance["command"]): string[] {
  const [program = "", ...rest] = command.argv;
  const relative = program.includes("/") && !program.startsWith("/");
  const path = relative ? `${command.directory}/${program.replace(/^\.\//, "")}` : program;
  return [path, ...rest].map(quoteExecWord);
}

function limitLine([letter, value]: [string, number]): string {
  const limit = LIMITS[letter];
  if (limit === undefined) throw new Error(`no limit is known by the letter "${letter}"`);
  return `Limit${limit.name}=${value < 0 ? "infinity" : `${value}${limit.unit}`}`;
}

function capabilityLines({ listens }: RenderedInstance, user: string): string[] {
  const privileged = listens.some(({ port }) => port <= HIGHEST_PRIVILEGED_PORT);
  return privileged && user !== "root" ? ["AmbientCapabilities=CAP_NET_BIND_SERVICE"] : [];
}

/** `/run` is empty after a reboot, and the unit must come up without smc then: systemd makes its folders there. */
function runtimeLines({ folders }: RenderedInstance): string[] {
  const ours = folders.filter(({ path }) => path.startsWith("/run/"));
  const [first] = ours;
  if (first === undefined) return [];
  // Another mode would be undone at each start, and done again by each smc start.
  if (ours.some(({ mode }) => mode !== first.mode))
    throw new Error("systemd gives all folders below /run one mode");
  return [
    `RuntimeDirectory=${ours.map(({ path }) => literal(path.slice("/run/".length))).join(" ")}`,
    `RuntimeDirectoryMode=${first.mode.toString(8).padStart(4, "0")}`,
    "RuntimeDirectoryPreserve=yes",
  ];
}

/** systemd opens the log as root; a program that writes to it by name must own it. */
function logLines(log: string, user: string): string[] {
  const owner =
    user === "root" ? [] : [`ExecStartPre=+/bin/chown -h ${quoteExecWord(user)} ${quoteExecWord(log)}`];
  return [`StandardOutput=append:${literal(log)}`, "StandardError=inherit", ...owner];
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
