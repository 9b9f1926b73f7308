import { createHash } from "node:crypto";
import type { Vm } from "./vm.ts";

/** The first three bytes of the hardware addresses of QEMU's guests. */
const MAC_PREFIX = "52:54:00";

/** The hardware address of a VM: always the same for a deployment and a name. */
export function macOf({ deployment, name }: Pick<Vm, "deployment" | "name">): string {
  const digits = hash(`mac ${deployment} ${name}`).slice(0, 6);
  return [MAC_PREFIX, ...(digits.match(/../g) ?? [])].join(":");
}

/**
 * The UUID of a VM's domain, always the same too: libvirt then takes a changed definition for the same domain, and refuses
 * to define one over a domain of this name that somebody else made. Laid out as RFC 9562 says for version 8.
 */
export function uuidOf({ deployment, name }: Pick<Vm, "deployment" | "name">): string {
  const digits = hash(`uuid ${deployment} ${name}`);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}

/** A short hash of what something is made from. */
export function shortHash(text: string): string {
  return hash(text).slice(0, 16);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
