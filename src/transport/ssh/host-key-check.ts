import { createHash } from "node:crypto";
import type { HostTarget } from "../../base/host-target.ts";
import { UnreachableError } from "../unreachable.ts";
import type { HostSettings } from "./host-settings.ts";
import { type KeyVerdict, keyTypeOf, knownHostsName } from "./known-hosts.ts";

/** The names by which the host may stand in known_hosts, the one that ssh itself would use first. */
export function namesOf(target: HostTarget, settings: HostSettings): string[] {
  if (settings.hostKeyAlias !== undefined) return [settings.hostKeyAlias.toLowerCase()];
  const names = [settings.hostName, target.name].map(name => knownHostsName(name, settings.port));
  return [...new Set(names)];
}

/** `SHA256:…`, as ssh-keygen -l prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Why a host whose key is not trusted is not used, and what the operator can do about it. */
export function explainVerdict(
  verdict: Exclude<KeyVerdict, { kind: "trusted" }>,
  key: Buffer,
  names: readonly string[],
): UnreachableError {
  const name = names[0] ?? "";
  const shown = `${keyTypeOf(key)} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case "revoked":
      return new UnreachableError(
        "host-key-revoked",
        `the host shows a revoked key, ${shown} (${verdict.where})`,
        {
          hint: "Somebody else may be answering. Do not connect until the host has a new key.",
        },
      );
    case "changed":
      return new UnreachableError(
        "host-key-changed",
        `the host shows another key than the known one: ${shown} instead of ${verdict.where}`,
        {
          hint: `If the host was rebuilt: ssh-keygen -f ${fileOf(verdict.where)} -R '${name}'. If not, somebody else may be answering.`,
        },
      );
    case "other-types":
      return new UnreachableError(
        "host-key-unknown",
        `the host has no key of a known type (${verdict.types.join(", ")}, ${verdict.where}); it shows ${shown}`,
        {
          hint: `Compare the key, then remove the old entry: ssh-keygen -f ${fileOf(verdict.where)} -R '${name}'`,
        },
      );
    case "unknown":
      return new UnreachableError("host-key-unknown", `the key of the host is not known: ${shown}`, {
        hint: `Compare the fingerprint on the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then: ${scanCommand(name)}`,
      });
  }
}

function fileOf(where: string): string {
  return where.slice(0, where.lastIndexOf(":"));
}

function scanCommand(name: string): string {
  const withPort = /^\[(.*)\]:(\d+)$/.exec(name);
  const words = withPort === null ? name : `-p ${withPort[2]} ${withPort[1]}`;
  return `ssh-keyscan ${words} >> ~/.ssh/known_hosts`;
}
