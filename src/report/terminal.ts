import type { ChalkInstance } from "chalk";
import type { EngineEvent } from "../engine/events.ts";
import type { MeanDurations } from "./estimate.ts";
import { layOut } from "./layout.ts";
import { createRows, type Rows } from "./listr-rows.ts";
import type { Display, Output } from "./model.ts";
import { beginProgress, recordEvent, type KindProgress, type RunProgress } from "./progress.ts";

export interface TerminalOptions {
  output: Output;
  colors: ChalkInstance;
  /** How long steps took in an earlier run. */
  earlier?: MeanDurations;
}

/** Lines that the rows leave free: the cursor's own, and one above. */
const FREE_LINES = 2;
const TOTAL = "total";

/** Progress as rows that are redrawn: one for each kind of step, with counters, however many hosts there are. */
export function createTerminalDisplay({ output, colors, earlier = new Map() }: TerminalOptions): Display {
  let progress: RunProgress | undefined;
  let rows: Promise<Rows> | undefined;
  const settled = new Set<string>();

  function currentText(): ReadonlyMap<string, string> {
    if (progress === undefined) return new Map();
    const layout = layOut(progress, { lines: (output.rows ?? 24) - FREE_LINES, now: Date.now(), earlier });
    return new Map([...layout.rows, [TOTAL, layout.total]]);
  }

  function begin(event: Extract<EngineEvent, { type: "run-started" }>): void {
    progress = beginProgress(event);
    const names = [...progress.kinds.keys(), TOTAL];
    rows = createRows({ names, output, colors, text: currentText });
  }

  function settleEndedKinds(): void {
    for (const kind of progress?.kinds.values() ?? []) if (kind.ended === kind.total) settle(kind);
  }

  function settle({ kind, failed }: KindProgress): void {
    if (settled.has(kind)) return;
    settled.add(kind);
    void rows?.then(shown => shown.settle(kind, failed.length === 0));
  }

  return {
    listener: event => {
      if (event.type === "run-started") begin(event);
      if (progress === undefined) return;
      recordEvent(progress, event);
      if (event.type === "step-ended") settleEndedKinds();
    },
    close: async () => {
      const shown = await rows;
      for (const kind of progress?.kinds.values() ?? []) settle(kind);
      shown?.settle(TOTAL, progress?.outcome?.kind === "done");
      await shown?.ended;
    },
  };
}
