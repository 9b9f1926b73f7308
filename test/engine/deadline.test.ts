import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withDeadline } from "../../src/engine/deadline.ts";

describe("withDeadline", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("leaves nothing behind of work that has ended, when the operator stops the rest", async () => {
    const stop = new AbortController();
    const done = await withDeadline(
      { timeout: 1000, stop: stop.signal },
      () => Promise.resolve("done"),
      () => "late",
    );
    stop.abort();
    expect({ done, timers: vi.getTimerCount() }).toEqual({ done: "done", timers: 0 });
  });

  it("answers in the place of work that does not end within the grace", async () => {
    const stop = new AbortController();
    const hangs = withDeadline(
      { timeout: 1000, stop: stop.signal, grace: 50 },
      () => new Promise<string>(() => {}),
      cause => cause,
    );
    await vi.advanceTimersByTimeAsync(1050);
    expect(await hangs).toBe("deadline");
  });
});
