import { describe, expect, it } from "vitest";
import { readLog } from "../../../src/commands/logs/read-log.ts";
import type { PlannedInstance } from "../../../src/services/planners/planned-instance.ts";
import { createLocalConnection } from "../../../src/transport/local.ts";
import type { RunOptions } from "../../../src/transport/model.ts";
import { recordContext } from "../../helpers/context.ts";

const planned = { instance: { name: "hub@web1" }, rendered: { log: "/var/log/hub" } } as PlannedInstance;
const target = {
  name: "web1",
  kind: "local",
  address: "127.0.0.1",
  port: 22,
  user: "",
  connectTimeout: 1000,
  hostKeys: "strict",
} as const;

/** Reads a log of a thousand lines of 99 bytes. */
async function read(options: { follow: boolean; json: boolean }) {
  const recorded = recordContext({ json: options.json });
  const local = createLocalConnection(target);
  const words = ["sh", "-c", "yes $(printf %098d 7) | head -n 1000"];
  const connection = { ...local, run: (_: readonly string[], run: RunOptions) => local.run(words, run) };
  const context = { ...recorded.context, options: { follow: options.follow, lines: 10 } };
  const { result } = await readLog(context, { connection, planned, signal: new AbortController().signal });
  return { kept: result.stdout.length, shown: recorded.out().split("\n").length - 1 };
}

describe("what is kept of a log", () => {
  it("is little while it is followed and shown, however much is added", async () => {
    const { kept, shown } = await read({ follow: true, json: false });
    expect(shown).toBe(1000);
    expect(kept).toBeLessThanOrEqual(16 * 1024);
  });

  it.each([
    { follow: true, json: true },
    { follow: false, json: true },
    { follow: false, json: false },
  ])("is all of it with %j", async options => {
    expect((await read(options)).kept).toBe(99_000);
  });
});
