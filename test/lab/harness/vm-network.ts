import type { Lab } from "./lab.ts";

/** An address in the network of machines and VMs of a lab, which is another than that of its cables. */
export function vpnAddress({ layout }: Pick<Lab, "layout">, number: number): string {
  return `10.78.${layout.number}.${number}`;
}
