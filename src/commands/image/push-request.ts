import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { HostTarget } from "../../base/host-target.ts";
import type { ImagePushRequest, ImageReceiver } from "../../machines/planners/image-request.ts";
import { systemSshArgv } from "../../transport/openssh/system-ssh-argv.ts";
import { createHostResolver } from "../../transport/ssh/resolve-host.ts";
import { hostRequest } from "../host-request.ts";
import type { Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { sshConfigFileOf } from "../open-transport.ts";
import { HERE } from "./here.ts";

interface Ask {
  context: CommandContext<unknown>;
  site: Site;
}

interface PushWords {
  /** The folder of the image on this machine; its name is that of the image. */
  source: string;
  machines: readonly HostTarget[];
  passOn: boolean;
}

/** What planning needs to bring an image to machines: the way by which rsync reaches each, which is that of smc itself, and its checksum. */
export async function pushRequest(
  ask: Ask,
  { source, machines, passOn }: PushWords,
): Promise<ImagePushRequest> {
  const sums = createHash("sha256")
    .update(await readFile(join(source, "SHA256SUMS")))
    .digest("hex");
  return {
    ...hostRequest(ask.context, ask.site),
    image: basename(source),
    source,
    here: HERE,
    receivers: await receiversOf(ask, machines),
    sums,
    passOn,
  };
}

async function receiversOf(
  { context, site }: Ask,
  machines: readonly HostTarget[],
): Promise<ImageReceiver[]> {
  const configFile = sshConfigFileOf(context.io);
  const resolver = createHostResolver(configFile);
  return Promise.all(
    machines.map(async target => {
      const { hostName } = await resolver.resolve(target);
      const config = configFile === undefined ? {} : { configFile };
      // rsync adds the host itself.
      const argv = systemSshArgv(target, { hostName, settings: ["BatchMode=yes"], ...config });
      const shell = forRsync(argv.slice(0, argv.indexOf("--")));
      const host = site.deployment.hosts.get(target.name);
      return { target, shell, address: host?.address ?? target.address, dc: host?.dc };
    }),
  );
}

/** A command line as `rsync --rsh` reads it: quotes group words, a doubled one is itself, and a backslash is a letter (rsync(1)). */
function forRsync(argv: readonly string[]): string {
  return argv.map(word => (/[\s"']/.test(word) ? `'${word.replaceAll("'", "''")}'` : word)).join(" ");
}
