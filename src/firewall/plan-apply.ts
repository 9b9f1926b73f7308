import { createHash } from "node:crypto";
import type { Milliseconds } from "../base/units.ts";
import { installPackages } from "../base/packages.ts";
import { shellWithDaemons } from "../base/shell.ts";
import { administered, assembleHostPlan, hostStep, type HostPlanRequest } from "../plan/host-plan.ts";
import type { Action, Plan, Probe, Step } from "../plan/model.ts";
import type { HostRules } from "./model.ts";
import { AS_LOADED, type SeenFirewalls } from "./observation.ts";
import { FOLDER, ROLL_BACK_UNIT, UNIT } from "./places.ts";
import { renderRules } from "./render.ts";
import { firewallState, isKept } from "./state.ts";

/** What is asked of the firewall, with what was seen of it. */
export interface FirewallRequest extends HostPlanRequest {
  rules: readonly HostRules[];
  seen: SeenFirewalls;
  timeout: Milliseconds | undefined;
}

const INSTALL_TIMEOUT: Milliseconds = 15 * 60_000;
const QUICK: Milliseconds = 120_000;
/** Seconds until a host puts its old rules back by itself. */
const ROLL_BACK_AFTER = 30;
/** A confirmation that takes longer than this may come too late. */
const CONFIRM_TIMEOUT: Milliseconds = 25_000;

/** Arguments: folder, unit, seconds. The roll-back is set before anything is changed, to what was confirmed last and not to another try. */
const TRY = `set -eu; folder=$1; cd "$folder"
nft -c -f new.nft
open=; if systemctl is-active --quiet "$2.timer"; then open=yes; systemctl stop "$2.timer"; fi
while systemctl is-active --quiet "$2.service"; do sleep 0.1; done
if [ -z "$open" ] || [ -e rolled-back ]; then
  { echo 'table inet smc {}'; echo 'delete table inet smc'; nft list table inet smc 2>/dev/null || true; } >previous.new
  mv previous.new previous.nft
fi
rm -f rolled-back
systemd-run --quiet --collect --unit="$2" --on-active="$3" --timer-property=AccuracySec=100ms \\
  /bin/sh -c "cd '$folder' && /usr/sbin/nft -f previous.nft && touch rolled-back"
nft -f new.nft
nft -s list table inet smc | sha256sum >loaded.sha256`;

/** Arguments: folder, unit. */
const CONFIRM = `set -eu; folder=$1; cd "$folder"
systemctl stop "$2.timer" 2>/dev/null || true
while systemctl is-active --quiet "$2.service"; do sleep 0.1; done
if [ -e rolled-back ] || ! ${AS_LOADED}; then
  echo "the host has put its old rules back: the confirmation came too late" >&2; exit 1
fi
cp new.nft current.new; sync current.new; mv current.new current.nft`;

/** Arguments: folder, unit, hash. */
const TRIED = `folder=$1; ${AS_LOADED} && [ "$(sha256sum <"$folder/new.nft")" = "$3  -" ] && systemctl is-active --quiet "$2.timer"`;
const IN_FORCE = `folder=$1; ${AS_LOADED} && [ "$(sha256sum <"$folder/current.nft")" = "$3  -" ] && ! systemctl is-active --quiet "$2.timer"`;

/**
 * Puts rules in force, on every host by itself: they replace the old ones in one transaction, and the host puts those back
 * after 30 seconds unless smc comes to it over a new connection before. Only then they are kept for the next boot.
 */
export function planApply(request: FirewallRequest): Plan {
  const steps = request.rules.flatMap(rules => hostSteps(request, rules));
  return assembleHostPlan(request, {
    steps,
    onFailure: "continue",
    shared: true,
    reliesOn: request.rules,
  });
}

function hostSteps(request: FirewallRequest, rules: HostRules): Step[] {
  const seen = request.seen.get(rules.host);
  const inForce = firewallState(rules, seen).state === "in force";
  const before = inForce
    ? []
    : chain([...installSteps(request, rules), ...unitSteps(request, rules), ...trySteps(request, rules)]);
  const last = before.at(-1);
  return [...before, { ...gate(request, rules), needs: last === undefined ? [] : [last.id] }];
}

function installSteps(request: FirewallRequest, { host }: HostRules): Step[] {
  const seen = request.seen.get(host);
  if (seen !== undefined && "nft" in seen && seen.nft) return [];
  return [
    stepOf(request, host, {
      id: `install nftables on ${host}`,
      action: { kind: "run", argv: installPackages(["nftables"]) },
      done: { kind: "command", argv: shellWithDaemons("command -v nft", []) },
      timeout: INSTALL_TIMEOUT,
    }),
  ];
}

function unitSteps(request: FirewallRequest, { host }: HostRules): Step[] {
  const seen = request.seen.get(host);
  if (seen !== undefined && "nft" in seen && isKept(seen)) return [];
  const enable = 'systemctl daemon-reload && systemctl enable --quiet "$1"';
  return [
    stepOf(request, host, {
      id: `write the unit of the firewall on ${host}`,
      action: { kind: "put", path: UNIT.path, content: [UNIT.content], mode: 0o644 },
    }),
    stepOf(request, host, {
      id: `load the firewall at every boot of ${host}`,
      action: { kind: "run", argv: ["sh", "-c", enable, "sh", UNIT.name] },
    }),
  ];
}

function trySteps(request: FirewallRequest, rules: HostRules): Step[] {
  const { host } = rules;
  const text = renderRules(rules);
  const words = [FOLDER, ROLL_BACK_UNIT, sha256(text)];
  return [
    stepOf(request, host, {
      id: `make the folder of the rules on ${host}`,
      action: { kind: "run", argv: ["mkdir", "-p", FOLDER] },
      done: { kind: "command", argv: ["test", "-d", FOLDER] },
    }),
    stepOf(request, host, {
      id: `write the rules of ${host}`,
      action: { kind: "put", path: `${FOLDER}/new.nft`, content: [text], mode: 0o600 },
    }),
    stepOf(request, host, {
      id: `try the rules of ${host}`,
      title: `put the rules of ${host} in force, for ${ROLL_BACK_AFTER} seconds`,
      action: { kind: "run", argv: shellWithDaemons(TRY, [FOLDER, ROLL_BACK_UNIT, String(ROLL_BACK_AFTER)]) },
      done: { kind: "command", argv: shellWithDaemons(TRIED, words) },
    }),
    stepOf(request, host, {
      id: `confirm the rules of ${host}`,
      title: `confirm the rules over a new connection: without it ${host} puts the old ones back`,
      action: { kind: "run", argv: shellWithDaemons(CONFIRM, [FOLDER, ROLL_BACK_UNIT]), newConnection: true },
      done: { kind: "command", argv: shellWithDaemons(IN_FORCE, words) },
      timeout: CONFIRM_TIMEOUT,
    }),
  ];
}

/** Success is what the host has at the end. */
function gate(request: FirewallRequest, rules: HostRules): Step {
  const words = [FOLDER, ROLL_BACK_UNIT, sha256(renderRules(rules))];
  const probe: Probe = { kind: "command", argv: shellWithDaemons(IN_FORCE, words), steady: true };
  return stepOf(request, rules.host, {
    id: `see the rules of ${rules.host} in force`,
    action: { kind: "wait", probe: administered(request, probe), interval: 500 },
  });
}

function stepOf(
  request: FirewallRequest,
  host: string,
  words: { id: string; title?: string; action: Action; done?: Probe; timeout?: Milliseconds },
): Step {
  const { id, title = id, action, done, timeout = QUICK } = words;
  return hostStep({
    id,
    title,
    kind: "firewall",
    host,
    action: action.kind === "run" || action.kind === "put" ? administered(request, action) : action,
    ...(done === undefined ? {} : { done: administered(request, done) }),
    timeout: request.timeout ?? timeout,
  });
}

function chain(steps: readonly Step[]): Step[] {
  return steps.map((step, index) => {
    const previous = steps[index - 1];
    return previous === undefined ? step : { ...step, needs: [previous.id] };
  });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
