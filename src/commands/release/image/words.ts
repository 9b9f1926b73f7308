import { OperatorError } from "../../../base/operator-error.ts";
import type { PauseOptions } from "../../pause.ts";
import type { RingOptions } from "../../ring/options.ts";

/** Options of `smc release image`. */
export interface ImageReleaseOptions extends PauseOptions, Pick<RingOptions, "consistency" | "maxDown"> {
  /** How many VMs at once. */
  batch?: number;
  /** Where to write what was released and seen well, for another deployment. */
  out?: string;
  /** Such a file. */
  from?: string;
  rollback?: boolean;
  discardOld?: boolean;
  /** Clients may be refused. */
  allowLoss?: boolean;
  /** Files of programs on root disks may be lost. */
  discardFiles?: boolean;
  /** Cut the power of a VM that does not shut down on its way back. */
  force?: boolean;
}

/** What is asked for; VMs as on every command line. */
export type ImageWish =
  | { kind: "to"; image: string; vms: readonly string[]; out?: string }
  | { kind: "from"; file: string; vms: readonly string[] }
  | { kind: "back" | "discard"; vms: readonly string[] };

/** The word for the newest image that the services file lets a VM have. */
export const NEWEST = "newest";

/** Reads the words of the command line. Throws an OperatorError (exit 2) for those that make no sense together. */
export function readImageWish(
  words: readonly string[],
  { options, on }: { options: ImageReleaseOptions; on: string | undefined },
): ImageWish {
  const { out, from, rollback, discardOld, force } = options;
  const ways = { "--from": from, "--rollback": rollback, "--discard-old": discardOld };
  const [way, ...more] = Object.entries(ways).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (more.length > 0) throw usage(`${way} goes without ${more.join(" and ")}`, "one of them");
  if (way !== undefined && out !== undefined) throw usage(`${way} goes without --out`, "leave out --out");
  if (force === true && way !== "--rollback")
    throw usage(
      "--force cuts the power of VMs that do not shut down on their way back",
      "it goes with --rollback",
    );
  if (from !== undefined) return { kind: "from", file: from, vms: words };
  if (rollback === true) return { kind: "back", vms: words };
  if (discardOld === true) return { kind: "discard", vms: words };
  const [image, ...vms] = words;
  if (image === undefined) throw usage("say which image, or newest", "smc release image newest --dry-run");
  if (out !== undefined && (vms.length > 0 || on !== undefined))
    throw usage(
      "--out is of a whole deployment: some VMs alone say nothing of the others",
      on === undefined ? "leave out the VMs" : "leave out --on",
    );
  return { kind: "to", image, vms, ...(out === undefined ? {} : { out }) };
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError(message, { code: "USAGE", hint });
}
