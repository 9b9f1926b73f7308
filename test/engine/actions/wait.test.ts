import { describe, expect, it } from "vitest";
import type { Action } from "../../../src/plan/model.ts";
import { perform } from "../../helpers/work.ts";

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
