import { OperatorError } from "../base/operator-error.ts";

/** What libvirt says a domain does (virsh(1), "list"). */
export type DomainState = (typeof STATES)[number];

const STATES = [
  "running",
  "idle",
  "paused",
  "in shutdown",
  "shut off",
  "crashed",
  "pmsuspended",
  "no state",
] as const;

/** One domain of a machine. */
export interface DomainRow {
  name: string;
  state: DomainState;
}

/** The command line of virsh on a machine: the libvirt of the system, and messages in the words that smc reads. */
export function virsh(...words: readonly string[]): string[] {
  return ["env", "LC_ALL=C", "virsh", "--quiet", "--connect", "qemu:///system", ...words];
}

/** Seconds that a script waits for libvirt. */
const LONGEST_ANSWER = 30;

/**
 * For scripts: `v WORDS…` is virsh as smc calls it; `state_of NAME UUID` prints the state of a domain, `absent` only where libvirt lists
 * its domains and none has this name. It fails where libvirt does not answer, as that nobody knows is no state, and with 2 where somebody
 * else's domain has the name.
 */
export const VIRSH_IN_SHELL = `v() { timeout -k 5 ${LONGEST_ANSWER} ${virsh().join(" ")} "$@"; }
state_of() {
  names=$(v list --all --name) || return 1
  if ! printf '%s\\n' "$names" | grep -qxF -e "$1"; then echo absent; return 0; fi
  uuid=$(v domuuid "$1") || return 1
  [ "$uuid" = "$2" ] || { echo "the domain $1 is no VM of this deployment: it is left as it is" >&2; return 2; }
  v domstate "$2"
}`;

/** The regular expression for an answer of `domstate` that is one of these. */
export function domstateIs(...states: readonly DomainState[]): string {
  return `^(${states.join("|")})$`;
}

const ROW = new RegExp(`^\\s*(?:-|\\d+)\\s+(\\S.*?)\\s{2,}(${STATES.join("|")})\\s*$`);

/** Reads `virsh --quiet list --all`. Throws an OperatorError with the first line that is no domain: what libvirt means is then unknown. */
export function parseDomainList(text: string): DomainRow[] {
  return text
    .split("\n")
    .filter(line => line.trim() !== "")
    .map(line => {
      const [, name, word] = ROW.exec(line) ?? [];
      const state = STATES.find(known => known === word);
      if (name !== undefined && state !== undefined) return { name, state };
      throw new OperatorError(`virsh printed what smc cannot read: ${line.trim()}`, { code: "VIRSH_OUTPUT" });
    });
}
