import { OperatorError } from "../../../base/operator-error.ts";
import type { PauseOptions } from "../../pause.ts";

/** Options of `smc release packages`. */
export interface PackagesOptions extends PauseOptions {
  /** Names of packages, commas between. */
  only?: string;
  /** How many hosts at once. */
  batch?: number;
  /** Where to write the versions that were seen well, for another deployment. */
  out?: string;
  /** Such a file. */
  from?: string;
  rollback?: boolean;
  /** False: the lists of the hosts stay as they are. */
  refresh?: boolean;
  /** Also what uses nothing of what was replaced. */
  restartAll?: boolean;
  /** Even where clients would be refused meanwhile. */
  allowLoss?: boolean;
  consistency?: readonly string[];
  maxDown?: number;
}

/** What is asked for. */
export type PackagesWish =
  | { kind: "all"; out?: string }
  | { kind: "only"; names: readonly string[]; out?: string }
  | { kind: "from"; file: string }
  | { kind: "back" };

/** The file that what was seen well is written to; undefined where that was not asked for. */
export function writtenTo(wish: PackagesWish): string | undefined {
  return wish.kind === "all" || wish.kind === "only" ? wish.out : undefined;
}

/** Debian Policy, 5.6.7, and an architecture where it is another one. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/;

/** Reads the options. Throws an OperatorError (exit 2) for those that make no sense together. */
export function readPackagesWish(
  { hosts, on }: { hosts: readonly string[]; on: string | undefined },
  { only, out, from, rollback }: PackagesOptions,
): PackagesWish {
  if (rollback === true) {
    const beside = Object.entries({ "--only": only, "--out": out, "--from": from });
    const [first] = beside.flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (first !== undefined) throw usage(`--rollback goes without ${first}`, `leave out ${first}`);
    return { kind: "back" };
  }
  if (from !== undefined) {
    if (only !== undefined) throw usage("--from is of all packages that the file names", "leave out --only");
    if (out !== undefined) throw usage("--from goes without --out", "leave out --out");
    return { kind: "from", file: from };
  }
  if (out !== undefined && (hosts.length > 0 || on !== undefined))
    throw usage(
      "--out is of a whole deployment: some hosts alone say nothing of the others",
      on === undefined ? "leave out the hosts" : "leave out --on",
    );
  const written = out === undefined ? {} : { out };
  if (only === undefined) return { kind: "all", ...written };
  const names = [...new Set(only.split(",").map(name => name.trim()))];
  const wrong = names.find(name => !PACKAGE_NAME.test(name));
  if (wrong !== undefined) throw usage(`"${wrong}" is no name of a package`, "--only nginx-light,openssl");
  return { kind: "only", names, ...written };
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError(message, { code: "USAGE", hint });
}
