import type { UnitStatus } from "./status.ts";

const PROPERTIES = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "ExecMainStatus",
  "MainPID",
  "InvocationID",
  "ActiveEnterTimestamp",
  "MemoryCurrent",
];

/** One question for several units; in UTC, so that the times can be read. */
export function showCommand(names: readonly string[]): string[] {
  return ["env", "TZ=UTC", "systemctl", "show", "--no-pager", `--property=${PROPERTIES.join(",")}`, ...names];
}

/**
 * Reads what `systemctl show` printed: a block of `key=value` lines for each unit, in the order asked for, with an
 * empty line between (systemctl(1)). Gives undefined when it is not one block with a state for each of `names`.
 */
export function parseShow(output: string, names: readonly string[]): UnitStatus[] | undefined {
  const blocks = output.trim().split(/\n\n+/).map(readBlock);
  if (blocks.length !== names.length) return undefined;
  if (blocks.some(block => block.get("ActiveState") === undefined)) return undefined;
  return blocks.map((block, index) => toStatus(block, names[index] ?? ""));
}

type Block = ReadonlyMap<string, string>;

function readBlock(text: string): Block {
  return new Map(
    text.split("\n").map(line => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function toStatus(block: Block, name: string): UnitStatus {
  const state = stateOf(block);
  const pid = numberOf(block, "MainPID");
  const since = Date.parse(
    `${/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(block.get("ActiveEnterTimestamp") ?? "")?.[0]}Z`,
  );
  const memory = numberOf(block, "MemoryCurrent");
  const isRunning = state === "running";
  return {
    state,
    evidence: describe(block, name, state),
    ...(hasEnded(block) ? { ended: true } : {}),
    ...(block.get("ActiveState") === "deactivating" ? { ending: true } : {}),
    ...(isRunning && pid !== undefined ? { pid, identity: `${block.get("InvocationID")}:${pid}` } : {}),
    ...(isRunning && !Number.isNaN(since) ? { since } : {}),
    ...(isRunning && memory !== undefined ? { memory } : {}),
  };
}

/** A unit between two starts after a crash is failed; one that ends still runs; one that starts is neither. */
function stateOf(block: Block): UnitStatus["state"] {
  const active = block.get("ActiveState");
  if (active === "active" || active === "reloading" || active === "refreshing") return "running";
  if (active === "deactivating") return "running";
  if (active === "inactive") return "stopped";
  if (active === "activating") return block.get("SubState") === "auto-restart" ? "failed" : "unknown";
  return "failed";
}

function hasEnded(block: Block): boolean {
  const active = block.get("ActiveState");
  return active === "inactive" || active === "failed";
}

function describe(block: Block, name: string, state: UnitStatus["state"]): string {
  if (block.get("LoadState") === "not-found") return `${name} is not installed`;
  const result = block.get("Result") ?? "";
  const detail = `${block.get("ActiveState")}, ${block.get("SubState")}`;
  if (state !== "failed") return `${name} is ${detail}`;
  const code = result === "exit-code" ? ` ${block.get("ExecMainStatus")}` : "";
  return `${name} is ${detail}: ${result}${code}`;
}

/** Values that systemd does not have are `[not set]`, 0 for a pid, or the largest 64-bit number. */
function numberOf(block: Block, key: string): number | undefined {
  const value = Number(block.get(key) ?? "");
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
