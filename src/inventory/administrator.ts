import type { Deployment } from "./model.ts";

/** The account that may administer the hosts of a deployment, if that is another than the one that smc works as. */
export function administratorOf({
  transport,
  ssh,
}: Pick<Deployment, "transport" | "ssh">): string | undefined {
  return transport === "ssh" && ssh.become === "sudo" ? "root" : undefined;
}

/** The same as an option of a command on a host. */
export function accountOf(deployment: Pick<Deployment, "transport" | "ssh">): { runAs?: string } {
  const account = administratorOf(deployment);
  return account === undefined ? {} : { runAs: account };
}
