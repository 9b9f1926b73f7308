import type { Milliseconds } from "../../base/units.ts";
import type { Step, StepId } from "../../plan/model.ts";
import type { RenderedFile, RenderedInstance } from "../model.ts";
import { systemdUnitFile } from "../systemd-unit.ts";
import { isMounted, mountsOf } from "../mounts.ts";
import { installStep } from "./install.ts";
import type { PlannedInstance } from "./planned-instance.ts";
import { asAdministrator, instanceStep, stepId } from "./step.ts";

const CONFIGURE_TIMEOUT: Milliseconds = 60_000;

/** What comes before the start of an instance, and the ids that the start hangs on. */
export interface Configuration {
  steps: Step[];
  /** The last steps: all must have succeeded. */
  ready: StepId[];
}

/** The folders and files of an instance, its systemd unit where it has one, and the check of what is there. */
export function configure(planned: PlannedInstance): Configuration {
  const install = installStep(planned)?.id;
  const guards = guardSteps(planned);
  const guardIds = guards.map(({ id }) => id);
  const folders = foldersStep(planned, [...(install === undefined ? [] : [install]), ...guardIds]);
  const files = planned.rendered.files.map(file => fileStep(planned, file, folders.id));
  const fileIds = files.map(step => step.id);
  const unit = unitSteps(planned, folders.id);
  const check = checkStep(planned, [folders.id, ...fileIds]);
  const steps = [...guards, folders, ...files, ...unit, ...(check === undefined ? [] : [check])];
  const ready = [
    folders.id,
    ...fileIds,
    ...unit.map(step => step.id),
    ...(check === undefined ? [] : [check.id]),
  ];
  return { steps, ready };
}

function foldersStep(planned: PlannedInstance, needs: readonly StepId[]): Step {
  const owner = ownerOf(planned);
  const wanted = planned.rendered.folders;
  const script = wanted.map(
    ({ mode }, index) =>
      `install -d -m ${mode.toString(8)}${owner === undefined ? "" : ` -o ${owner}`} "$${index + 1}"`,
  );
  const format = owner === undefined ? "%a" : "%a %U";
  const expected = wanted.map(
    ({ mode }) => `${mode.toString(8)}${owner === undefined ? "" : ` ${owner}`}\\n`,
  );
  const paths = wanted.map(folder => folder.path);
  return instanceStep(planned, {
    id: stepId("folders", planned),
    title: `make the folders of ${planned.instance.name}`,
    kind: `configure ${planned.description.name}`,
    action: asAdministrator(planned, {
      kind: "run",
      argv: ["sh", "-c", script.join(" && ") || ":", "sh", ...paths],
    }),
    done: asAdministrator(planned, {
      kind: "command",
      argv: wanted.length === 0 ? ["true"] : ["stat", "-c", format, ...paths],
      stdout: wanted.length === 0 ? "" : `^${expected.join("")}?$`,
    }),
    needs,
    timeout: CONFIGURE_TIMEOUT,
  });
}

function fileStep(planned: PlannedInstance, file: RenderedFile, folders: StepId): Step {
  const owner = ownerOf(planned);
  return instanceStep(planned, {
    id: `write ${planned.instance.name}:${file.path}`,
    title: `write ${file.path} on ${planned.host.name}`,
    kind: `configure ${planned.description.name}`,
    action: asAdministrator(planned, {
      kind: "put",
      path: file.path,
      content: file.content,
      mode: file.mode,
      ...(owner === undefined ? {} : { owner }),
    }),
    needs: [folders],
    timeout: CONFIGURE_TIMEOUT,
  });
}

/** Whether systemd has the unit as its file is now. */
const UNIT_IS_READ = `systemctl show --property=LoadState,NeedDaemonReload "$1" | tr '\\n' ' ' | grep -qx 'LoadState=loaded NeedDaemonReload=no '`;

/** The unit file, a reload of systemd when it changed, and that the unit comes back after a reboot. */
function unitSteps(planned: PlannedInstance, folders: StepId): Step[] {
  const { unit, instance, description, host } = planned;
  if (unit.manager !== "systemd") return [];
  const kind = `configure ${description.name}`;
  const write = instanceStep(planned, {
    id: stepId("unit", planned),
    title: `write the unit ${unit.name} on ${host.name}`,
    kind,
    action: asAdministrator(planned, {
      kind: "put",
      path: `/etc/systemd/system/${unit.name}`,
      content: [systemdUnitFile(planned)],
      mode: 0o644,
      owner: "root",
    }),
    needs: [folders],
    timeout: CONFIGURE_TIMEOUT,
  });
  const reload = instanceStep(planned, {
    id: stepId("daemon-reload", planned),
    title: `let systemd on ${host.name} read ${unit.name}`,
    kind,
    action: asAdministrator(planned, { kind: "run", argv: ["systemctl", "daemon-reload"] }),
    // What systemd itself says, whoever wrote the file and died before this.
    done: { kind: "command", argv: ["sh", "-c", UNIT_IS_READ, "sh", unit.name] },
    needs: [write.id],
    timeout: CONFIGURE_TIMEOUT,
  });
  const enable = instanceStep(planned, {
    id: stepId("enable", planned),
    title: `start ${instance.name} at boot`,
    kind,
    action: asAdministrator(planned, { kind: "run", argv: ["systemctl", "enable", "--quiet", unit.name] }),
    done: { kind: "command", argv: ["systemctl", "is-enabled", "--quiet", unit.name] },
    needs: [reload.id],
    timeout: CONFIGURE_TIMEOUT,
  });
  return [write, reload, enable];
}

/** What must be so before anything of the instance is written. */
function guardSteps(planned: PlannedInstance): Step[] {
  return [...mountGuards(planned), ...(planned.rendered.guards ?? [])].map(({ name, title, ...question }) =>
    instanceStep(planned, {
      id: stepId(name, planned),
      title,
      kind: `guard ${planned.description.name}`,
      action: {
        kind: "wait",
        probe: { kind: "command", ...question, steady: true },
        interval: CONFIGURE_TIMEOUT,
      },
      timeout: CONFIGURE_TIMEOUT,
    }),
  );
}

function mountGuards({ host, rendered, unit }: PlannedInstance): NonNullable<RenderedInstance["guards"]> {
  if (unit.manager !== "systemd") return [];
  return mountsOf(host, rendered).map(path => ({
    name: `mounted ${path}`,
    title: `see that the disk of ${path} is mounted on ${host.name}`,
    argv: isMounted(path),
  }));
}

/** A gate and no action: it changes nothing, and what an earlier run wrote without getting here is checked as well. */
function checkStep(planned: PlannedInstance, needs: readonly StepId[]): Step | undefined {
  const { check } = planned.rendered;
  if (check === undefined) return undefined;
  return instanceStep(planned, {
    id: stepId("check", planned),
    title: `check the configuration of ${planned.instance.name}`,
    kind: `configure ${planned.description.name}`,
    action: {
      kind: "wait",
      probe: asAdministrator(planned, { kind: "command", ...check, steady: true }),
      interval: CONFIGURE_TIMEOUT,
    },
    needs,
    timeout: CONFIGURE_TIMEOUT,
  });
}

/** Files belong to the account that the program runs as, so that nobody else reads its passwords. */
export function ownerOf(planned: PlannedInstance): string | undefined {
  if (planned.administrator === undefined) return undefined;
  return planned.rendered.user === "" ? planned.host.user : planned.rendered.user;
}
