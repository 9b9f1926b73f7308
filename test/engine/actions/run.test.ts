import { expect, it } from "vitest";
import { createPerformer } from "../../../src/engine/create-performer.ts";
import { createTransport } from "../../../src/transport/create.ts";
import type { Transport } from "../../../src/transport/model.ts";
import { localTarget, makeStep } from "../../helpers/make-plan.ts";
import { limits } from "../../helpers/work.ts";

it("runs over a connection of its own where it is asked to, which is closed whatever comes of it", async () => {
  const events: string[] = [];
  const watched = (name: string): Transport => {
    const inner = createTransport();
    return {
      connection: target => {
        events.push(`${name} connects`);
        return inner.connection(target);
      },
      close: () => {
        events.push(`${name} closes`);
        return inner.close();
      },
    };
  };
  const performer = createPerformer({
    hosts: { host1: localTarget("host1") },
    transport: watched("old"),
    newTransport: () => watched("new"),
    secrets: { get: () => Promise.resolve(undefined), all: () => Promise.resolve([]) },
    artefacts: { archive: () => Promise.reject(new Error("no artefacts here")) },
  });
  events.length = 0;
  const run = (argv: readonly string[], words: { newConnection?: true } = {}): Promise<unknown> =>
    performer.perform(makeStep("step"), { kind: "run", argv, ...words }, limits());
  expect(await run(["true"], { newConnection: true })).toEqual({ kind: "changed" });
  expect(await run(["false"], { newConnection: true })).toMatchObject({ kind: "failed" });
  expect(events.filter(event => event.startsWith("new"))).toEqual([
    "new connects",
    "new closes",
    "new connects",
    "new closes",
  ]);
  events.length = 0;
  await run(["true"]);
  expect(events).toEqual(["old connects"]);
});
