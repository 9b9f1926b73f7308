import type { HostName } from "../base/names.ts";
import { shellWithDaemons } from "../base/shell.ts";
import { FOLDER, UNIT } from "./places.ts";

/** What a host has of the firewall. */
export interface SeenFirewall {
  nft: boolean;
  /** The table is loaded as it was when it was confirmed. */
  loaded: "as confirmed" | "otherwise" | "not at all";
  enabled: boolean;
  /** The rules that were confirmed, and the unit that loads them; undefined where there are none. */
  rules: string | undefined;
  unit: string | undefined;
  /** Where smc comes from and to which port, as sshd sees it; undefined where there is no ssh. */
  ssh: { from: string; port: number } | undefined;
}

export type SeenFirewalls = ReadonlyMap<HostName, SeenFirewall | { why: string }>;

/** Loaded as the file of its hash says: nft lists what it holds in a form of its own, so that form is compared with itself. */
export const AS_LOADED = `[ "$(nft -s list table inet smc 2>/dev/null | sha256sum)" = "$(cat "$folder/loaded.sha256" 2>/dev/null)" ]`;

const SCRIPT = `folder=$1 unit=$2 path=$3
if command -v nft >/dev/null; then echo "@nft yes"; else echo "@nft no"; fi
if ! nft list table inet smc >/dev/null 2>&1; then echo "@loaded not at all"
elif ${AS_LOADED}; then echo "@loaded as confirmed"; else echo "@loaded otherwise"; fi
echo "@enabled $(systemctl is-enabled "$unit" 2>/dev/null)"
for file in "$folder/current.nft" "$path"; do
  if [ -f "$file" ]; then echo "@file $file"; cat "$file"; echo; fi
done
echo @end`;

/** The command whose output `parseFirewall` reads. It reads only, and must run as root. */
export function lookCommand(): string[] {
  return shellWithDaemons(SCRIPT, [FOLDER, UNIT.name, UNIT.path]);
}

/** Tells where the connection comes from; sudo would hide it. */
export const SSH_COMMAND = ["sh", "-c", 'echo "$SSH_CONNECTION"'];

/** Reads both answers; undefined for anything that is not whole and of this form. */
export function parseFirewall(output: string, connection: string): SeenFirewall | undefined {
  const pieces = output.split(/^@/m);
  if (pieces.shift() !== "" || pieces.pop() !== "end\n") return undefined;
  const words = new Map<string, string>();
  for (const piece of pieces) {
    const [line = "", ...rest] = piece.split("\n");
    const [, name, value] = /^(nft|loaded|enabled|file) ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    words.set(name === "file" ? value : name, name === "file" ? rest.join("\n").replace(/\n$/, "") : value);
  }
  const loaded = (["as confirmed", "otherwise", "not at all"] as const).find(
    word => word === words.get("loaded"),
  );
  if (loaded === undefined) return undefined;
  return {
    nft: words.get("nft") === "yes",
    loaded,
    enabled: words.get("enabled") === "enabled",
    rules: words.get(`${FOLDER}/current.nft`),
    unit: words.get(UNIT.path),
    ssh: parseConnection(connection),
  };
}

/** `SSH_CONNECTION` (ssh(1)): address and port of the client, address and port of the server. */
function parseConnection(text: string): SeenFirewall["ssh"] {
  const [, from, port] = /^(\S+) \d+ \S+ (\d+)\n$/.exec(text) ?? [];
  if (from === undefined) return undefined;
  return { from: from.replace(/^::ffff:/, ""), port: Number(port) };
}
