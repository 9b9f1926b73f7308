import type { Action, Probe, Step, StepId } from "../../plan/model.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

/** Arguments: the note, then the files. Whether the note is of the files as they are. */
const IS_NOTED = `note=$1; shift; sha256sum -- "$@" | cmp -s - "$note"`;
const NOTE = `note=$1; shift; sha256sum -- "$@" >"$note"`;

const NOTE_TIMEOUT = 60_000;

/** How a running instance is made to read its configuration again; undefined where only a restart does that. */
export function reloadAction(planned: PlannedInstance): Action | undefined {
  const { rendered, unit } = planned;
  if (rendered.reload === undefined) return undefined;
  if ("argv" in rendered.reload) return asAdministrator(planned, { kind: "run", argv: rendered.reload.argv });
  return asAdministrator(planned, { kind: "unit", operation: "reload", unit });
}

/**
 * The running program has read the files as they are now: a note beside them says so. What a plan has written counts for
 * nothing here, since a run may have died after it wrote and before the program read.
 */
export function hasReadFiles(planned: PlannedInstance): Probe {
  const argv = ["sh", "-c", IS_NOTED, "sh", ...noteAndFiles(planned)];
  return asAdministrator(planned, { kind: "command", argv });
}

/** Notes, after a step that let the program read its files, that it has read them. Empty where nothing could be read again. */
export function noteSteps(
  planned: PlannedInstance,
  after: { step: StepId; needs: readonly StepId[] },
): Step[] {
  if (planned.rendered.reload === undefined || planned.rendered.files.length === 0) return [];
  return [
    instanceStep(planned, {
      id: stepId(`note ${after.step} of`, planned),
      title: `note which configuration ${planned.instance.name} has read`,
      kind: `configure ${planned.description.name}`,
      action: asAdministrator(planned, {
        kind: "run",
        argv: ["sh", "-c", NOTE, "sh", ...noteAndFiles(planned)],
      }),
      needs: after.needs,
      whenChanged: [after.step],
      timeout: NOTE_TIMEOUT,
    }),
  ];
}

function noteAndFiles({ rendered: { files } }: PlannedInstance): string[] {
  const paths = files.map(({ path }) => path);
  return [`${paths[0]}.read`, ...paths];
}
