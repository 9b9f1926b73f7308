import type { HostName } from "../base/names.ts";
import { VIRSH_IN_SHELL } from "./virsh.ts";

const STATES = ["begun", "done"] as const;

/** Lies beside a system that is kept aside, as `IMAGE TIME begun|done`. */
export interface KeptNote {
  /** What the VM was made anew from. */
  image: string;
  /** Which attempt it was, ISO 8601, UTC. */
  at: string;
  /** `begun` until the VM was seen well with that image. */
  state: (typeof STATES)[number];
}

export function noteText({ image, at, state }: KeptNote): string {
  return `${image} ${at} ${state}`;
}

/** Reads a note; undefined for what is none. */
export function parseNote(text: string): KeptNote | undefined {
  const [image = "", at = "", word, ...more] = text.split(" ");
  const state = STATES.find(known => known === word);
  if (image === "" || at === "" || state === undefined || more.length > 0) return undefined;
  return { image, at, state };
}

/** Arguments of all: VM, UUID, folder, kept folder. Only a domain that libvirt itself says is off is touched. */
const IS_OFF = `state=$(state_of "$1" "$2")
case $state in
  "shut off"|crashed) ;;
  *) echo "$1 is $state: nothing was moved" >&2; exit 1 ;;
esac`;

/** What a domain had in memory when its machine put it to sleep would be woken over the disks of another system. */
const WITHOUT_MEMORY = `v managedsave-remove "$2" > /dev/null`;

/**
 * Argument 5: the note. The whole folder goes by one rename, with the definition as libvirt has it. Where the VM was begun to be made anew
 * before and never seen well, what it is by now is nothing to go back to: that is removed, and what it was before stays the way back.
 */
export const KEEP_ASIDE = `${IS_OFF}
${WITHOUT_MEMORY}
rm -rf -- "\${4%/*}/.$1.gone"
if [ -e "$4" ]; then
  case $(cat "$4/kept.note") in
    *" begun") ;;
    *) echo "$1 has a system of before that is kept, $4: put it back, or discard it" >&2; exit 1 ;;
  esac
  [ -e "$4/root.qcow2" ] || { echo "there is no system in $4: what $1 is stays" >&2; exit 1; }
  rm -rf -- "$3"
  printf '%s\\n' "$5" > "$4/kept.new"
  mv "$4/kept.new" "$4/kept.note"
  exit 0
fi
[ -e "$3/root.qcow2" ] || { echo "$1 has no system in $3" >&2; exit 1; }
install -d -m 0700 "\${4%/*}"
umask 077
v dumpxml --inactive "$2" > "$3/kept.xml"
printf '%s\\n' "$5" > "$3/kept.note"
sync "$3/kept.xml" "$3/kept.note"
mv -T "$3" "$4"`;

/** Arguments: kept folder, image and time of the attempt. */
export const IS_KEPT = `[ "$(cut -d ' ' -f 1,2 "$1/kept.note")" = "$2" ]`;

/**
 * The definition first: a script that dies after it finds the kept folder still there, and does the rest when it is run again. What the VM
 * was meanwhile is removed at the end, but for what its console said.
 */
export const PUT_BACK = `gone="\${4%/*}/.$1.gone"
if [ ! -e "$4" ]; then rm -rf -- "$gone"; exit 0; fi
state=$(state_of "$1" "$2")
case $state in
  "shut off"|crashed|absent) ;;
  *) echo "$1 is $state: nothing was moved" >&2; exit 1 ;;
esac
for part in root.qcow2 vmlinuz initrd.img; do
  [ -e "$4/$part" ] || { echo "there is no $part in $4: nothing was moved" >&2; exit 1; }
done
[ "$state" = absent ] || ${WITHOUT_MEMORY}
v define "$4/kept.xml"
rm -rf -- "$gone"
[ ! -e "$3" ] || mv -T "$3" "$gone"
mv -T "$4" "$3"
rm -f -- "$3/kept.xml" "$3/kept.note"
rm -rf -- "$gone"`;

/** Arguments: kept folder, note. */
export const NOTE = `printf '%s\\n' "$2" > "$1/kept.new"
mv "$1/kept.new" "$1/kept.note"`;
export const NOTED = 'grep -qxF -e "$2" "$1/kept.note"';

/** Arguments: a folder, and where it lies while it is removed: what was begun to be removed is never taken for a system. */
export const REMOVED_WHOLE = `rm -rf -- "$2"
[ ! -e "$1" ] || mv -T "$1" "$2"
rm -rf -- "$2"`;

/** Arguments: VM, kept folder, where that lies while it is removed. What was not seen well has the kept system as its only way back. */
export const DISCARD = `if [ -e "$2" ]; then
  case $(cat "$2/kept.note") in
    *" done") ;;
    *) echo "$1 was not seen well with its new image: what it was before stays" >&2; exit 1 ;;
  esac
fi
shift
${REMOVED_WHOLE}`;

/** Arguments: the folder of smc, then name and UUID of each VM. Looks only. */
export const LOOK_AT_SYSTEMS = `${VIRSH_IN_SHELL}
root=$1; shift
echo "free $(df --output=avail -B1 "$root" | tail -n 1 | tr -d ' ')"
for sums in "$root"/images/*/SHA256SUMS; do
  [ ! -e "$sums" ] || { folder=\${sums%/*}; echo "image \${folder##*/} $(sha256sum < "$sums" | cut -c1-64)"; }
done
while [ $# -gt 0 ]; do
  code=0; state=$(state_of "$1" "$2" 2> /dev/null) || code=$?
  case $code in 0) ;; 2) state=foreign ;; *) state=unknown ;; esac
  echo "domain $1 $state"
  for which in now kept; do
    case $which in now) overlay=$root/vms/$1/root.qcow2 ;; *) overlay=$root/vms/.kept/$1/root.qcow2 ;; esac
    [ -e "$overlay" ] || continue
    base=$(qemu-img info -U "$overlay" | sed -n 's/^backing file: \\([^ ]*\\).*/\\1/p')
    echo "overlay $which $1 $(stat -c %b "$overlay") \${base:--}"
  done
  [ ! -e "$root/vms/.kept/$1/kept.note" ] || echo "note $1 $(cat "$root/vms/.kept/$1/kept.note")"
  shift 2
done
echo end`;

/** A root disk of a VM: the file that it lies over, and what it takes on the disk of its machine. */
export interface SeenOverlay {
  base: string;
  /** In bytes. */
  used: number;
}

/** What a machine told of one VM. */
export interface SeenSystem {
  /** As libvirt says, or `foreign` for a domain of somebody else, or `unknown`. */
  state: string;
  overlay: SeenOverlay | undefined;
  kept: SeenOverlay | undefined;
  note: KeptNote | undefined;
}

/** What a machine told of itself. */
export interface SeenSystems {
  /** In bytes, where systems and images are. */
  free: number;
  /** The SHA-256 of the list of checksums of each base image. */
  images: ReadonlyMap<string, string>;
  vms: ReadonlyMap<HostName, SeenSystem>;
}

/** `%b` of stat counts these. */
const BLOCK = 512;

/** Reads what `LOOK_AT_SYSTEMS` prints; undefined when it is not whole or has a line of another form. */
export function parseSystems(output: string): SeenSystems | undefined {
  const lines = output.trim().split("\n");
  if (lines.pop() !== "end") return undefined;
  let free: number | undefined;
  const images = new Map<string, string>();
  const vms = new Map<HostName, SeenSystem>();
  for (const line of lines) {
    const [word = "", first = "", ...rest] = line.split(" ");
    const known = vms.get(first);
    if (word === "free" && /^\d+$/.test(first)) free = Number(first);
    else if (word === "image" && /^[0-9a-f]{64}$/.test(rest.join(" "))) images.set(first, rest.join(" "));
    else if (word === "domain" && rest.length > 0) {
      vms.set(first, { state: rest.join(" "), overlay: undefined, kept: undefined, note: undefined });
    } else if (word === "note" && known !== undefined) {
      const note = parseNote(rest.join(" "));
      if (note === undefined) return undefined;
      vms.set(first, { ...known, note });
    } else if (word === "overlay") {
      const [vm = "", blocks = "", base = "", ...more] = rest;
      const of = vms.get(vm);
      if (of === undefined || !/^\d+$/.test(blocks) || base === "" || more.length > 0) return undefined;
      const overlay = { base, used: Number(blocks) * BLOCK };
      vms.set(vm, first === "kept" ? { ...of, kept: overlay } : { ...of, overlay });
    } else return undefined;
  }
  return free === undefined ? undefined : { free, images, vms };
}
