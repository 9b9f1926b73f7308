import { installPackages } from "../../base/packages.ts";
import { shellWithDaemons } from "../../base/shell.ts";
import type { Milliseconds } from "../../base/units.ts";
import type { Host } from "../../inventory/model.ts";
import { administered, hostStep } from "../../plan/host-plan.ts";
import type { Step, StepId } from "../../plan/model.ts";
import { seenOf } from "../observation.ts";
import { UNIT_FILE, FOLDER, KEY, UNIT } from "../places.ts";
import { QUICK, type VpnRequest, type WantedFile } from "./request.ts";

const INSTALL_TIMEOUT: Milliseconds = 15 * 60_000;
/** Keys of 4096 bits on a small machine. */
const KEY_TIMEOUT: Milliseconds = 180_000;
const START_TIMEOUT: Milliseconds = 60_000;
/** Members read their configuration again one after the other: each closes links while it does. */
const RELOAD_TURN = "vpn reload";

const INSTALL = `command -v tincd >/dev/null && command -v ping >/dev/null && command -v ip >/dev/null`;

/** Arguments: folder, bits, name of the pair. It is made beside and moved, the private part first, so a public part is never alone. */
const MAKE_KEY = `set -eu; umask 077; folder=$1
mkdir -p "$folder/hosts"; chmod 755 "$folder" "$folder/hosts"
new=$(mktemp -d "$folder/.key.XXXXXX"); trap 'rm -rf "$new"' EXIT
tincd -c "$new" "-K$2" </dev/null >/dev/null 2>&1
grep -q "END RSA PUBLIC KEY" "$new/rsa_key.pub"; test -s "$new/rsa_key.priv"
sed -i '/^$/d' "$new/rsa_key.pub"; chmod 644 "$new/rsa_key.pub"
mv "$new/rsa_key.priv" "$folder/$3.priv"; mv "$new/rsa_key.pub" "$folder/$3.pub"`;

/** The step that brings the packages, where they may be missing. */
export function installStep(request: VpnRequest, host: Host): Step[] {
  const seen = seenOf(request.seen, host.name);
  if (seen?.version !== undefined && seen.canPing) return [];
  const packages = ["tinc", "iputils-ping", "iproute2"];
  const action = { kind: "run", argv: installPackages(packages) } as const;
  return [
    hostStep({
      id: `install tinc on ${host.name}`,
      title: `install tinc on ${host.name}`,
      kind: "install tinc",
      host: host.name,
      action: administered(request, action),
      done: { kind: "command", argv: shellWithDaemons(INSTALL, []) },
      timeout: request.timeout ?? INSTALL_TIMEOUT,
    }),
  ];
}

/** The step that makes a key pair on a host. The private part never leaves it. */
export function keyStep(
  request: VpnRequest,
  host: Host,
  { pair, needs }: { pair: string; needs: readonly StepId[] },
): Step {
  const path = `${FOLDER}/${pair}`;
  const words = [FOLDER, String(request.network.settings.keyBits), pair];
  const there = 'test -s "$1.pub" && test -s "$1.priv"';
  return hostStep({
    id: `make the key of ${host.name}`,
    title: `make the key of ${host.name}, ${request.network.settings.keyBits} bits`,
    kind: "make keys",
    host: host.name,
    action: administered(request, { kind: "run", argv: shellWithDaemons(MAKE_KEY, words) }),
    done: administered(request, { kind: "command", argv: ["sh", "-c", there, "sh", path] }),
    needs,
    timeout: request.timeout ?? KEY_TIMEOUT,
  });
}

/** The key pair of a host, where it is not certain that it has one. */
export function firstKeySteps(request: VpnRequest, host: Host, needs: readonly StepId[]): Step[] {
  return request.keys.has(host.name) ? [] : [keyStep(request, host, { pair: KEY, needs })];
}

/** The step that writes a file below the folder of the network. */
export function fileStep(
  request: VpnRequest,
  host: Host,
  { file, needs }: { file: WantedFile; needs: readonly StepId[] },
): Step {
  const { path, content, append, mode } = file;
  return hostStep({
    id: `write ${path} on ${host.name}`,
    title: `write ${path} on ${host.name}`,
    kind: "write the VPN's files",
    host: host.name,
    action: administered(request, {
      kind: "put",
      path: `${FOLDER}/${path}`,
      content: [content],
      mode,
      ...(append === undefined ? {} : { append }),
    }),
    needs,
    timeout: request.timeout ?? QUICK,
  });
}

/** tinc runs, now and after every boot; a member that runs already reads its configuration again, one member at a time. */
export function runSteps(request: VpnRequest, host: Host, written: readonly Step[]): Step[] {
  const seen = seenOf(request.seen, host.name);
  // The file of a member that could not make its key keeps nobody else out.
  const [own, foreign] = [written.filter(isOwn(host)), written.filter(step => !isOwn(host)(step))];
  const needs = own.map(({ id }) => id);
  const after = foreign.map(({ id }) => id);
  const enable = seen?.active === true && seen.enabled ? [] : enableSteps(request, host, needs);
  const base = { kind: "run the VPN", host: host.name, timeout: request.timeout ?? START_TIMEOUT };
  if (seen?.active !== true) {
    const title = `start tinc on ${host.name}`;
    const action = administered(request, { kind: "unit", operation: "start", unit: UNIT } as const);
    return [
      ...enable,
      hostStep({
        ...base,
        id: title,
        title,
        action,
        needs: [...needs, ...enable.map(({ id }) => id)],
        after,
      }),
    ];
  }
  if (written.length === 0) return enable;
  // The script that sets the address runs only when tinc opens its interface.
  const operation = written.some(({ id }) => id.includes(" tinc-up ")) ? "restart" : "reload";
  const title = `${operation} tinc on ${host.name}`;
  const action = administered(request, { kind: "unit", operation, unit: UNIT } as const);
  const turn = { group: RELOAD_TURN };
  return [
    ...enable,
    hostStep({ ...base, id: title, title, action, needs, after, whenChanged: [...needs, ...after], turn }),
  ];
}

function isOwn({ name }: Host): (step: Step) => boolean {
  return ({ action }) => action.kind !== "put" || action.append === undefined || action.append.host === name;
}

function enableSteps(request: VpnRequest, host: Host, needs: readonly StepId[]): Step[] {
  const base = { kind: "write the VPN's files", host: host.name, timeout: request.timeout ?? QUICK };
  const unitFile = hostStep({
    ...base,
    id: `write the unit of tinc on ${host.name}`,
    title: `write the unit of tinc on ${host.name}`,
    action: administered(request, {
      kind: "put",
      path: UNIT_FILE.path,
      content: [UNIT_FILE.content],
      mode: 0o644,
    }),
    needs,
  });
  const script = 'systemctl daemon-reload && systemctl enable --quiet "$1"';
  const enable = hostStep({
    ...base,
    id: `enable tinc on ${host.name}`,
    title: `start tinc at every boot of ${host.name}`,
    action: administered(request, {
      kind: "run",
      argv: ["sh", "-c", script, "sh", UNIT.name],
    }),
    needs: [unitFile.id],
  });
  return [unitFile, enable];
}
