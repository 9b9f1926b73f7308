import { formatDuration, type Milliseconds } from "../../base/units.ts";
import type { RepairAction } from "../../plan/model.ts";
import type { OutputChunk } from "../../transport/model.ts";
import { pause } from "../deadline.ts";
import type { ActionContext } from "../registry.ts";
import { lookForRepairs } from "./idle.ts";

const LOOK_INTERVAL: Milliseconds = 5000;

/** A watch over a repair that is under way. */
export interface MovementWatch {
  /** Aborts when nothing has moved for too long. */
  stalled: AbortSignal;
  /** To be called for what nodetool writes. */
  moved: (chunk: OutputChunk) => void;
  /** That, and for how long; undefined while things move. */
  why: () => string | undefined;
  end: () => Promise<void>;
}

/**
 * Watches for movement: lines of nodetool, and validations and streams on any node that takes part. nodetool alone is no sign
 * of life, some releases of it wait for ever (research in src/cassandra/nodetool/repair/behaviour.ts).
 */
export function watchMovement(action: RepairAction, context: ActionContext): MovementWatch {
  const stall = new AbortController();
  const over = new AbortController();
  let last = Date.now();
  let seen = "";
  let why: string | undefined;
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted && !context.signal.aborted) {
      await pause(Math.min(LOOK_INTERVAL, action.stall / 4), over.signal);
      if (over.signal.aborted) return;
      const { evidence } = await lookForRepairs(action, context);
      if (evidence !== seen) last = Date.now();
      seen = evidence;
      if (evidence !== "") context.waiting(evidence);
      if (Date.now() - last < action.stall) continue;
      why = `nothing has moved for ${formatDuration(action.stall)}, so nodetool was ended`;
      stall.abort();
      return;
    }
  };
  const watching = watch();
  return {
    stalled: stall.signal,
    moved: () => {
      last = Date.now();
    },
    why: () => why,
    end: async () => {
      over.abort();
      await watching;
    },
  };
}
