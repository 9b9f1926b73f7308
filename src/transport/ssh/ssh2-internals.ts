import type { Client } from "ssh2";

/**
 * What smc needs from ssh2 beyond its interface, all in one place.
 *
 * After the login OpenSSH tells its host keys, and ssh2 has every one of them proved: the host signs with each, and the client parses
 * and verifies each, for an event that smc does not use. It is a fifth of the client's CPU for a short command. ssh2 asks only
 * servers that it takes for OpenSSH; call this in the `ready` event, before ssh2 reads the packet that follows the login.
 */
export function skipHostKeyProof(client: Client): void {
  Reflect.set(client, "_remoteVer", undefined);
}

/** Lets the extensions of OpenSSH be used after `skipHostKeyProof`; a server that lacks one refuses it by itself. */
export function allowOpensshExtensions(client: Client): void {
  const config: unknown = Reflect.get(client, "config");
  if (typeof config === "object" && config !== null) Reflect.set(config, "strictVendor", false);
}
