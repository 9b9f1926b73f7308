import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPerformer } from "../../../src/engine/create-performer.ts";
import { perform as carryOut } from "../../../src/engine/step-work.ts";
import type { Action, Probe } from "../../../src/plan/model.ts";
import { createTransport } from "../../../src/transport/create.ts";
import { localTarget, makeStep } from "../../helpers/make-plan.ts";
import { limits, localPerformer, makeFolder, perform, removeFolder } from "../../helpers/work.ts";

const HINT = "look at its log";
const NETSTATS = `Mode: JOINING
Bootstrap dbc4e2f0-ea76-11f1-8547-9b9f1b7284cb
    /127.0.0.1
        Receiving 2 files, 4096 bytes total. Already received 1 files (50.00%), 1024 bytes total (25.00%)
`;
const joining = (netstats: readonly string[], limits: { silent: number; still: number }): Action => ({
  kind: "wait",
  probe: { kind: "streamed", until: { kind: "command", argv: ["false"] }, operation: "Bootstrap", netstats },
  interval: 10,
  stall: { ...limits, hint: HINT },
});

describe("a wait with a log", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeFolder();
    await writeFile(
      join(folder, "console.log"),
      "Booting\r\n\u001B[31mKernel panic\u001B[0m: no disk, key hunter22\r\n",
    );
  });
  afterAll(() => removeFolder(folder));

  const waiting = (file: string, probe: Probe = { kind: "command", argv: ["false"] }): Action => ({
    kind: "wait",
    probe,
    interval: 10,
    log: { host: "machine1", path: join(folder, file) },
  });
  const hosts = ["machine1"];

  it("tells its end when the deadline has passed, without secrets, also those that this run did not use", async () => {
    const performer = localPerformer({ hosts, secrets: { key: "hunter22" } });
    const result = await performer.perform(makeStep("ready"), waiting("console.log"), limits(1000));
    expect(result).toEqual({
      kind: "failed",
      reason: expect.stringMatching(/^not ready after \d+s: false ended with exit code 1/),
      log: `${folder}/console.log of machine1 ends with:\nBooting\nKernel panic: no disk, key [secret]`,
    });
  });

  it("fails as it would without one where its host does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const machine1 = { ...localTarget("machine1"), kind: "ssh" as const, port, connectTimeout: 20_000 };
    const transport = createTransport();
    const performer = createPerformer({
      hosts: { host1: localTarget("host1"), machine1 },
      transport,
      secrets: { get: () => Promise.resolve(undefined), all: () => Promise.resolve([]) },
      artefacts: { archive: () => Promise.reject(new Error("no artefacts here")) },
    });
    const step = makeStep("ready", { timeout: 1000 });
    const stop = new AbortController().signal;
    try {
      const outcome = await carryOut(
        { step, performer, recall: "run", stop, waiting: () => {} },
        waiting("console.log"),
      );
      expect(outcome).toEqual({
        kind: "failed",
        reason: expect.stringMatching(/^not ready after \d+s: false/),
      });
    } finally {
      await transport.close();
      silent.close();
    }
  });

  it("tells it beside what the answer itself has to say", async () => {
    const says: Probe = { kind: "command", argv: ["sh", "-c", "echo broken; exit 1"], steady: true };
    expect(await perform(waiting("console.log", says), { hosts })).toMatchObject({
      output: "broken",
      log: expect.stringMatching(/ ends with:\nBooting\n/),
    });
  });

  it("fails without it where it cannot be read, and tells nothing of it when all is well", async () => {
    const gone = await localPerformer({ hosts }).perform(
      makeStep("ready"),
      waiting("gone.log"),
      limits(1000),
    );
    expect(gone).toEqual({ kind: "failed", reason: expect.stringMatching(/^not ready after/) });
    const well = await perform(waiting("console.log", { kind: "command", argv: ["true"] }), { hosts });
    expect(well).toEqual({ kind: "unchanged", reason: "true succeeded" });
  });

  it("is not read when the operator stops now", async () => {
    const stop = new AbortController();
    const stopped = { ...limits(), waiting: () => stop.abort(), signal: stop.signal };
    const result = await localPerformer({ hosts }).perform(
      makeStep("ready"),
      waiting("console.log"),
      stopped,
    );
    expect(result).toEqual({ kind: "failed", reason: expect.stringMatching(/^stopped before it held/) });
  });
});

describe("a wait for streams", () => {
  it("ends when nothing has moved for long, with what was seen last and what to do", async () => {
    const result = await perform(joining(["printf", "%s", NETSTATS], { silent: 60_000, still: 200 }));
    expect(result).toEqual({
      kind: "failed",
      reason: expect.stringMatching(/^nothing has moved for 200ms: 1KB of 4KB streamed \(25%\)/),
      hint: HINT,
    });
  });

  it("ends when the node has told nothing for long", async () => {
    const result = await perform(joining(["false"], { silent: 200, still: 60_000 }));
    expect(result).toMatchObject({
      kind: "failed",
      reason: expect.stringMatching(/^nothing has moved for 200ms/),
    });
  });

  it("ends at once when the node says itself that it failed", async () => {
    const says = [
      "printf",
      "Mode: JOINING_FAILED\\nNot sending any streams.\\nNot receiving any streams.\\n",
    ];
    expect(await perform(joining(says, { silent: 60_000, still: 60_000 }))).toEqual({
      kind: "failed",
      reason: "the node says JOINING_FAILED",
      hint: HINT,
    });
  });
});
