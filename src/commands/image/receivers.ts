import type { HostTarget } from "../../base/host-target.ts";
import type { ImageReceiver } from "../../machines/planners/image-push.ts";
import { systemSshArgv } from "../../transport/openssh/system-ssh-argv.ts";
import { createHostResolver } from "../../transport/ssh/resolve-host.ts";
import type { CommandContext } from "../model.ts";
import { sshConfigFileOf } from "../open-transport.ts";

/** Machines that get an image, each with the way by which rsync reaches it: that of smc itself. */
export async function receiversOf(
  context: CommandContext<unknown>,
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
      return { target, shell: forRsync(argv.slice(0, argv.indexOf("--"))) };
    }),
  );
}

/** A command line as `rsync --rsh` reads it: quotes group words, a doubled one is itself, and a backslash is a letter (rsync(1)). */
function forRsync(argv: readonly string[]): string {
  return argv.map(word => (/[\s"']/.test(word) ? `'${word.replaceAll("'", "''")}'` : word)).join(" ");
}
