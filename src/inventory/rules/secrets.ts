import type { BuiltDeployment } from "../build/deployment.ts";
import { secretSource } from "../build/secrets.ts";
import { isComputeServer } from "../compute-server.ts";
import type { Problems } from "../problems.ts";
import { get } from "../source/value.ts";
import { worldsOf } from "./unique.ts";

/** In these folders ssh looks for keys; what is in the files named here opens nothing. */
const SSH_KEY = /\/\.ssh\/(?!authorized_keys|known_hosts|config)[^/]+$/;

/** A path of a host is that of one secret, also among deployments; and no compute server gets a key that opens another host. */
export function checkSecrets(deployments: readonly BuiltDeployment[], problems: Problems): void {
  for (const world of worldsOf(deployments)) {
    const taken = new Map<string, string>();
    for (const built of world) {
      checkPaths(built, { taken, problems });
      checkComputeServers(built, problems);
    }
  }
}

function checkPaths(
  { deployment, source }: BuiltDeployment,
  { taken, problems }: { taken: Map<string, string>; problems: Problems },
): void {
  for (const { name, path, hosts } of deployment.secrets ?? []) {
    const at = get(secretSource(source, name), "path")?.at ?? source.at;
    const own = `${name} (${deployment.name})`;
    const clash = hosts.find(host => taken.has(`${host} ${path}`));
    if (clash !== undefined) {
      const message = `${path} on ${clash} is that of ${taken.get(`${clash} ${path}`)} already`;
      problems.add({ at, message, deployment: deployment.name });
    }
    for (const host of hosts) taken.set(`${host} ${path}`, own);
  }
}

function checkComputeServers({ deployment, source }: BuiltDeployment, problems: Problems): void {
  for (const { name, path, hosts } of deployment.secrets ?? []) {
    const compute = hosts.find(host => isComputeServer(host, deployment));
    if (compute === undefined || !SSH_KEY.test(path)) continue;
    problems.add({
      at: get(secretSource(source, name), "at")?.at ?? source.at,
      message: `${compute} runs what strangers write: no key that opens another host may be on it (${path})`,
      suggestion: 'leave compute servers out: at: ["@all", "!@compute"]',
      deployment: deployment.name,
    });
  }
}
