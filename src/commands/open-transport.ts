import { resolve } from "node:path";
import { createTransport } from "../transport/create.ts";
import type { Transport } from "../transport/model.ts";
import type { Io } from "./model.ts";

/** The hosts of one command. Close it at the end: open connections keep the process alive. */
export function openTransport(io: Io): Transport {
  const sshConfigFile = sshConfigFileOf(io);
  return createTransport(sshConfigFile === undefined ? {} : { sshConfigFile });
}

/**
 * The ssh configuration that `SMC_SSH_CONFIG` names instead of the usual files, as an absolute path. ssh takes the home
 * directory from the accounts of the machine and not from `HOME`, so nothing else leads it to another one.
 */
export function sshConfigFileOf({ env, directory }: Io): string | undefined {
  const given = env["SMC_SSH_CONFIG"];
  return given === undefined || given === "" ? undefined : resolve(directory, given);
}
