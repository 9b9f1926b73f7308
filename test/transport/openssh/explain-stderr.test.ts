import { describe, expect, it } from "vitest";
import { explainStderr } from "../../../src/transport/openssh/explain-stderr.ts";

/** As ssh of OpenSSH 9.2 writes them with LogLevel=ERROR. */
const written: readonly [stderr: string, why: string][] = [
  ["ssh: connect to host 10.0.0.3 port 22: Connection refused\r\n", "refused"],
  ["ssh: connect to host 10.0.0.3 port 22: Connection timed out\r\n", "timeout"],
  ["ssh: connect to host 10.0.0.3 port 22: No route to host\r\n", "no-route"],
  ["ssh: Could not resolve hostname web3: Name or service not known\r\n", "name"],
  [
    "No ED25519 host key is known for 10.0.0.3 and you have requested strict checking.\r\nHost key verification failed.\r\n",
    "host-key-unknown",
  ],
  [
    "@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@\r\nHost key verification failed.\r\n",
    "host-key-changed",
  ],
  [
    "@@@@@@@\r\n@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n@@@@@@@\r\nHost key verification failed.\r\n",
    "host-key-revoked",
  ],
  ["root@10.0.0.3: Permission denied (publickey).\r\n", "login"],
  [
    "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\nConnection closed by UNKNOWN port 65535\r\n",
    "jump",
  ],
  ["kex_exchange_identification: Connection closed by remote host\r\n", "protocol"],
  ["", "protocol"],
];

describe("explainStderr", () => {
  it.each(written)("knows %j", (stderr, why) => {
    const error = explainStderr(stderr, "web3");
    expect(error).toMatchObject({ why, hint: "Try: ssh -v web3" });
    expect(error.message).toMatch(/^web3: ssh says: \S.*[^\r\n]$/);
  });
});
