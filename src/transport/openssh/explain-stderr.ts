import type { UnreachableCause } from "../model.ts";
import { UnreachableError } from "../unreachable.ts";

/** What the ssh client of OpenSSH writes when it does not get through, the most telling first. */
const SAID_BY_SSH: readonly { pattern: RegExp; why: UnreachableCause }[] = [
  { pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/, why: "host-key-changed" },
  { pattern: /REVOKED HOST KEY|host key .* revoked/i, why: "host-key-revoked" },
  { pattern: /Host key verification failed|No \S+ host key is known/, why: "host-key-unknown" },
  { pattern: /Permission denied|Too many authentication failures/, why: "login" },
  { pattern: /stdio forwarding failed|UNKNOWN port 65535|proxy/i, why: "jump" },
  { pattern: /Could not resolve hostname/, why: "name" },
  { pattern: /Connection refused/, why: "refused" },
  { pattern: /timed out/i, why: "timeout" },
  { pattern: /No route to host|Network is unreachable/, why: "no-route" },
];

/** Why the system's ssh did not connect, from what it wrote to stderr. */
export function explainStderr(stderr: string, where: string): UnreachableError {
  const why = SAID_BY_SSH.find(({ pattern }) => pattern.test(stderr))?.why ?? "protocol";
  const lines = stderr.split("\n").filter(line => line.trim() !== "" && !line.startsWith("@@"));
  const said = lines.at(-1)?.trim() ?? "no message";
  return new UnreachableError(why, `${where}: ssh says: ${said}`, { hint: `Try: ssh -v ${where}` });
}
