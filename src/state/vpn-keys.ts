import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { makeFolder } from "./make-folder.ts";
import { hasCode } from "../base/error-code.ts";
import type { DeploymentName, HostName } from "../base/names.ts";

/** The public keys of the members of a VPN as this machine last saw them: a file each, below the state of the deployment. */
export interface VpnKeyStore {
  /** By host; empty where nothing was kept yet. Throws what the operating system says of a folder that cannot be read. */
  read(): Promise<Map<HostName, string>>;
  /** Keeps these and nothing else. */
  replace(keys: ReadonlyMap<HostName, string>): Promise<void>;
}

const ENDING = ".pub";

/** The keys that are kept for a deployment. */
export function vpnKeyStore(stateDirectory: string, deployment: DeploymentName): VpnKeyStore {
  const folder = join(stateDirectory, deployment, "vpn");
  const names = async (): Promise<HostName[]> => {
    const files = await readdir(folder).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    return files.filter(file => file.endsWith(ENDING)).map(file => file.slice(0, -ENDING.length));
  };
  const pathOf = (name: HostName): string => join(folder, `${name}${ENDING}`);
  return {
    read: async () => {
      const found = await names();
      return new Map(
        await Promise.all(found.map(async name => [name, await readFile(pathOf(name), "utf8")] as const)),
      );
    },
    replace: async keys => {
      await makeFolder(folder);
      await Promise.all([...keys].map(([name, key]) => writeFileAtomic(pathOf(name), key)));
      const gone = (await names()).filter(name => !keys.has(name));
      await Promise.all(gone.map(name => rm(pathOf(name), { force: true })));
    },
  };
}
