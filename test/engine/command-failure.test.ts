import { describe, expect, it } from "vitest";
import { outputTail } from "../../src/engine/command-failure.ts";

/** What nodetool 5.0.4 wrote of a snapshot on a full disk, shortened in its middle. */
const NODETOOL = `Requested creating snapshot(s) for [load] with snapshot name [daily]
error: /data/load/load-1/snapshots/daily: No space left on device
-- StackTrace --
java.nio.file.FileSystemException: /data/load/load-1/snapshots/daily: No space left on device
\tat java.base/sun.nio.fs.UnixException.translateToIOException(UnixException.java:100)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)
${"\tat java.rmi/sun.rmi.transport.tcp.TCPTransport$ConnectionHandler.lambda$run$0(TCPTransport.java:705)\n".repeat(60)}\t... 12 more
`;

describe("outputTail", () => {
  it("shows the cause of what Java says, not where in its source that was", () => {
    expect(outputTail({ stdout: "", stderr: NODETOOL }).split("\n")).toEqual([
      "Requested creating snapshot(s) for [load] with snapshot name [daily]",
      "error: /data/load/load-1/snapshots/daily: No space left on device",
      "java.nio.file.FileSystemException: /data/load/load-1/snapshots/daily: No space left on device",
    ]);
  });

  it("leaves other lines that begin so as they are", () => {
    const stdout = "  at noon\n  at 12:00 (local time)\nat once(now)";
    expect(outputTail({ stdout, stderr: "" })).toBe(stdout);
  });
});
