import { OperatorError } from "../../base/operator-error.ts";
import type { PauseOptions } from "../pause.ts";

/** Options of `smc release`. */
export interface ReleaseOptions extends PauseOptions {
  /** A git ref, a folder or a tarball; absent: what the services file says. */
  to?: string;
  /** What the version is called on the hosts. */
  as?: string;
  /** How many places at once. */
  batch?: number;
  /** Where to write what was released and seen well, for another deployment. */
  out?: string;
  /** Such a file. */
  from?: string;
  rollback?: boolean;
}

/** What is asked for; services by name, hosts as on every command line. */
export type ReleaseWish =
  | {
      kind: "to";
      services: readonly string[];
      hosts: readonly string[];
      to?: string;
      as?: string;
      out?: string;
    }
  | { kind: "from"; file: string; services: readonly string[]; hosts: readonly string[] }
  | { kind: "back"; services: readonly string[]; hosts: readonly string[] };

/** A version is a folder beside these on its hosts. */
const TAKEN = new Set(["current", "previous"]);

/** Reads the words of the command line. Throws an OperatorError (exit 2) for those that make no sense together. */
export function readWish(
  { service, hosts, on }: { service: string | undefined; hosts: readonly string[]; on: string | undefined },
  options: ReleaseOptions,
): ReleaseWish {
  const { to, as, out, from, rollback } = options;
  const services = [...new Set((service ?? "").split(",").filter(name => name !== ""))];
  const words = { services, hosts };
  if (as !== undefined && (!/^\w[\w.+-]*$/.test(as) || TAKEN.has(as)))
    throw usage(`a version is letters, digits and . + - _, not "${as}"`, "--as 1.5");
  if (from !== undefined) {
    refuseBeside("--from", { "--to": to, "--as": as, "--out": out, "--rollback": rollback });
    return { kind: "from", file: from, ...words };
  }
  if (services.length === 0)
    throw usage("say which service: hub, or several as hub,snap", "smc release hub --to v1.5");
  if (rollback === true) {
    refuseBeside("--rollback", { "--to": to, "--as": as, "--out": out });
    return { kind: "back", ...words };
  }
  if (out !== undefined && (hosts.length > 0 || on !== undefined))
    throw usage(
      "--out is of a whole deployment: some hosts alone say nothing of the others",
      on === undefined ? "leave out the hosts" : "leave out --on",
    );
  return {
    kind: "to",
    ...words,
    ...(to === undefined ? {} : { to }),
    ...(as === undefined ? {} : { as }),
    ...(out === undefined ? {} : { out }),
  };
}

function refuseBeside(option: string, others: Readonly<Record<string, unknown>>): void {
  const [first] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (first !== undefined) throw usage(`${option} goes without ${first}`, `leave out ${first}`);
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError(message, { code: "USAGE", hint });
}
