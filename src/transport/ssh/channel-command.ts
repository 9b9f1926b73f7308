import { once } from "node:events";
import type { ClientChannel } from "ssh2";
import type { CommandEnd } from "../model.ts";
import type { RunningCommand } from "../supervise.ts";
import type { LiveClient } from "./handshake.ts";

/** A command on a channel, sent off at `startedAt`. A channel that closes without an exit status has lost its command: how that ended is unknown. */
export function channelCommand(
  channel: ClientChannel,
  live: LiveClient,
  { startedAt, kill }: Pick<RunningCommand, "startedAt" | "kill">,
): RunningCommand {
  const exit = new Promise<CommandEnd>(resolve => {
    channel.on("exit", (code: number | null, signal?: string) => {
      resolve(code === null ? { kind: "signalled", signal: signal ?? "unknown" } : { kind: "exited", code });
    });
    channel.on("close", () => resolve({ kind: "lost", reason: live.lostReason }));
  });
  return {
    startedAt,
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    exit,
    closed: once(channel, "close"),
    kill,
  };
}
