import { describe, expect, it } from "vitest";
import type { Probe } from "../../../src/plan/model.ts";
import { ask } from "../../helpers/work.ts";

const NETSTATS = `Mode: JOINING
Bootstrap dbc4e2f0-ea76-11f1-8547-9b9f1b7284cb
    /127.0.0.1
        Receiving 2 files, 4096 bytes total. Already received 2 files (100.00%), 4096 bytes total (100.00%)
`;
const streamed = (until: Probe, netstats: readonly string[] = ["false"]): Probe => ({
  kind: "streamed",
  until,
  operation: "Bootstrap",
  netstats,
});

describe("streamed", () => {
  it("holds when what it waits for does, whatever else can be asked", async () => {
    expect(await ask(streamed({ kind: "command", argv: ["true"] }))).toEqual({
      holds: "yes",
      evidence: "true succeeded",
    });
  });

  it("tells what the node has streamed while it does not", async () => {
    const no: Probe = { kind: "command", argv: ["false"] };
    expect(await ask(streamed(no, ["printf", "%s", NETSTATS]))).toEqual({
      holds: "no",
      evidence: "4KB of 4KB streamed (100%)",
      progress: "JOINING dbc4e2f0-ea76-11f1-8547-9b9f1b7284cb 4096",
    });
    expect(await ask(streamed(no, ["echo", "no such report"]))).toEqual(await ask(no));
  });

  it("gives the no of what it waits for where the node tells no more, and ends where that is final", async () => {
    const plain = await ask({ kind: "command", argv: ["false"] });
    expect(plain.holds).toBe("no");
    expect(await ask(streamed({ kind: "command", argv: ["false"] }))).toEqual({ ...plain, progress: "" });
    expect(await ask(streamed({ kind: "command", argv: ["false"], steady: true }))).toMatchObject({
      holds: "no",
      final: true,
    });
  });
});
