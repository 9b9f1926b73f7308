import { describe, expect, it } from "vitest";
import { describeStreams } from "../../../src/cassandra/grow/streaming.ts";
import { parseNetStats } from "../../../src/cassandra/nodetool/netstats.ts";

/** As 5.0 prints it on a node that joins; the id of the plan says that it was made at 2026-11-27T15:26:03.935Z. */
const JOINING = `Mode: JOINING
Bootstrap dbc4e2f0-ea76-11f1-8547-9b9f1b7284cb
    /127.0.0.1
        Receiving 2 files, 4096 bytes total. Already received 1 files (50.00%), 1024 bytes total (25.00%)
    /127.0.0.2
        Receiving 2 files, 4096 bytes total. Already received 1 files (50.00%), 1024 bytes total (25.00%)
`;
const report = parseNetStats(JOINING);
const BEGAN = Date.parse("2026-11-27T15:26:03.935Z");

describe("describeStreams", () => {
  it("says how much is through and how long the rest takes at this pace", () => {
    expect(describeStreams(report, "Bootstrap", BEGAN + 60_000)).toBe(
      "2KB of 8KB streamed (25%), about 3m 0s left",
    );
  });

  it("counts streams of that kind alone", () => {
    expect(describeStreams(report, "Unbootstrap", BEGAN)).toBeUndefined();
  });

  it("promises nothing before any time has passed, or where the plan does not say when it began", () => {
    expect(describeStreams(report, "Bootstrap", BEGAN - 5)).toBe("2KB of 8KB streamed (25%)");
    const [plan] = report.streams;
    const undated = { ...report, streams: plan === undefined ? [] : [{ ...plan, id: undefined }] };
    expect(describeStreams(undated, "Bootstrap", BEGAN + 60_000)).toBe("2KB of 8KB streamed (25%)");
  });
});
