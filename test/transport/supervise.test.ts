import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { CommandEnd } from "../../src/transport/model.ts";
import { type RunningCommand, supervise } from "../../src/transport/supervise.ts";

const KILLED: CommandEnd = { kind: "signalled", signal: "SIGKILL" };

describe("a command that was killed", () => {
  it("was so at its deadline when the host, which got it before its answer came back, says so a little early", async () => {
    const outcome = await supervise(ended(KILLED, { startedAgo: 400 }), { timeout: 300 });
    expect(outcome.end).toEqual({ kind: "timed-out", after: 300 });
  });

  it("was killed by somebody before that", async () => {
    const outcome = await supervise(ended(KILLED, { startedAgo: 0 }), { timeout: 60_000 });
    expect(outcome.end).toEqual(KILLED);
  });
});

/** A command that has ended, and was sent off so many milliseconds before this side knew of its start. */
function ended(end: CommandEnd, { startedAgo }: { startedAgo: number }): RunningCommand {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return {
    startedAt: performance.now() - startedAgo,
    stdin: new PassThrough(),
    stdout,
    stderr,
    exit: Promise.resolve(end),
    closed: Promise.resolve(),
    kill: () => undefined,
  };
}
