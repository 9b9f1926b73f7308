import { describe, expect, it } from "vitest";
import type { Probe } from "../../../src/plan/model.ts";
import { ask } from "../../helpers/work.ts";

/** Nobody listens at its port. */
const sender = { address: "127.0.0.1", port: 1, logins: [] };
const streamed = (until: Probe): Probe => ({
  kind: "streamed",
  until,
  operation: "Bootstrap",
  senders: [sender],
});

describe("streamed", () => {
  it("holds when what it waits for does, whoever can be asked", async () => {
    expect(await ask(streamed({ kind: "command", argv: ["true"] }))).toEqual({
      holds: "yes",
      evidence: "true succeeded",
    });
  });

  it("gives the no of what it waits for where no sender tells more, and ends where that is final", async () => {
    const plain = await ask({ kind: "command", argv: ["false"] });
    expect(plain.holds).toBe("no");
    expect(await ask(streamed({ kind: "command", argv: ["false"] }))).toEqual(plain);
    expect(await ask(streamed({ kind: "command", argv: ["false"], steady: true }))).toMatchObject({
      holds: "no",
      final: true,
    });
  });
});
