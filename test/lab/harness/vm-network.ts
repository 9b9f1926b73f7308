import { run } from "./command.ts";
import { hostNamed, type Lab } from "./lab.ts";

/** An address in the network of machines and VMs of a lab, which is another than that of its cables. */
export function vpnAddress({ layout }: Pick<Lab, "layout">, number: number): string {
  return `10.78.${layout.number}.${number}`;
}

/**
 * Tells this machine and each machine of the lab the way to VMs, which are plugged into the bridges: what the operator of a real
 * machine does when making its bridge. The routes go with the lab.
 */
export async function routeToVms(lab: Lab, vms: Readonly<Record<string, readonly string[]>>): Promise<void> {
  await run(["ip", "route", "add", `10.78.${lab.layout.number}.0/24`, "dev", lab.layout.bridge]);
  for (const [name, addresses] of Object.entries(vms)) {
    const { machine, address } = hostNamed(lab, name);
    for (const vm of addresses)
      await run(["ip", "-netns", machine, "route", "add", `${vm}/32`, "dev", "br0", "src", address]);
  }
}
