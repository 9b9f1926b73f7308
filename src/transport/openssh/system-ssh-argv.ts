import type { HostTarget } from "../../base/host-target.ts";

export interface SystemSshOptions {
  /** Where to connect, as `HostResolver.resolve` gives it; absent: the target's own address. */
  hostName?: string;
  /** One line for the shell of the host; absent: a login shell. Quote an argument vector with `quoteForShell`. */
  command?: string;
  /** Whether the command gets a terminal; ssh decides when absent. */
  tty?: boolean;
  /** Read instead of the usual configuration files. */
  configFile?: string;
  /** Further `-o` settings, `BatchMode=yes`; they win over those of the target. */
  settings?: readonly string[];
}

/** The command that reaches a target by the system's ssh, for terminals and for what ssh2 cannot do. Pure. */
export function systemSshArgv(target: HostTarget, options: SystemSshOptions = {}): string[] {
  const settings = [
    ...(options.settings ?? []),
    `HostName=${options.hostName ?? target.address}`,
    `ConnectTimeout=${Math.ceil(target.connectTimeout / 1000)}`,
    `StrictHostKeyChecking=${target.hostKeys === "strict" ? "yes" : "accept-new"}`,
  ];
  return [
    "ssh",
    ...(options.configFile === undefined ? [] : ["-F", options.configFile]),
    ...settings.flatMap(setting => ["-o", setting]),
    ...(target.port === 22 ? [] : ["-p", String(target.port)]),
    ...(target.user === "" ? [] : ["-l", target.user]),
    ...(options.tty === undefined ? [] : [options.tty ? "-t" : "-T"]),
    "--",
    target.name,
    ...(options.command === undefined ? [] : [options.command]),
  ];
}
