import type { CommandSpecification } from "../../src/cli/specification.ts";

/** What an exit code means, for the reference and the man page. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, "done, or nothing to do"],
  [1, "at least one target failed"],
  [2, "wrong usage or services file; nothing was touched"],
  [3, "refused by a rule or a gate before anything was touched"],
  [4, "somebody else holds the lock of the deployment"],
  [130, "interrupted; smc resume goes on"],
];

/** What `status` alone answers, as an LSB init script does. */
export const STATUS_EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, "everything runs"],
  [3, "something does not run"],
  [4, "something could not be reached, so nobody knows"],
];

export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ["SMC_FILE", "the services file where --file is not given"],
  ["SMC_DEPLOYMENT", "the deployment where --deployment is not given"],
  ["SMC_NO_INPUT", "any text: never ask, as --no-input"],
  ["SMC_SSH_CONFIG", "a file to read in place of ~/.ssh/config and /etc/ssh/ssh_config"],
  ["NO_COLOR", "any text: no colour"],
  ["FORCE_COLOR", "colour even where the output is no terminal; 0: none"],
  ["XDG_CACHE_HOME", "compiled code is kept in smc/compiled below it (~/.cache)"],
];

/** `smc start <service> [host...] [options]` */
export function usageOf({ path, arguments: words = [] }: CommandSpecification): string {
  const rest = words.map(({ name, required, variadic }) => {
    const word = variadic === true ? `${name}...` : name;
    return required ? `<${word}>` : `[${word}]`;
  });
  return ["smc", ...path, ...rest].join(" ");
}
