import type { StepId } from "../../plan/model.ts";
import { openJsonLines } from "../../state/json-lines.ts";
import type { EngineEvent } from "../events.ts";
import { journalPath, type JournalHeader } from "./header.ts";

/** The journal of one run, open for this attempt. */
export interface RunJournal {
  /** Fulfils when the event is on disk. A wait is written only when its evidence is new. */
  record: (event: EngineEvent) => Promise<void>;
  close: () => Promise<void>;
}

/** Opens the journal of a run: a new one with its header, or that of an earlier attempt to go on with. */
export async function openRunJournal(
  stateDirectory: string,
  header: JournalHeader,
  isNew: boolean,
): Promise<RunJournal> {
  const lines = await openJsonLines(journalPath(stateDirectory, header));
  if (isNew) await lines.append(header);
  const evidence = new Map<StepId, string>();
  return {
    record: event => {
      if (event.type !== "step-waiting") return lines.append(event);
      if (evidence.get(event.step) === event.evidence) return Promise.resolve();
      evidence.set(event.step, event.evidence);
      return lines.append(event);
    },
    close: () => lines.close(),
  };
}
