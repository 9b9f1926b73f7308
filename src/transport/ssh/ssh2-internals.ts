import type { Client, ParsedKey } from "ssh2";

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

/** ssh2's writer of SSH_MSG_USERAUTH_REQUEST (RFC 4252, 7): without `sign` it asks whether the key would do. */
type AskForLogin = (...request: [user: string, key: ParsedKey, algorithm?: string, sign?: Sign]) => void;
type Sign = (data: Buffer, send: (signature: Buffer) => void) => void;

/**
 * Has ssh2 log in with a key in memory at once instead of asking first whether the host would take it: a round trip less for
 * every host. RSA keys are asked for as before, because their hash is the host's choice. Call it after `connect`.
 */
export function signWithoutAsking(client: Client): void {
  const protocol: unknown = Reflect.get(client, "_protocol");
  if (typeof protocol !== "object" || protocol === null) return;
  const askForLogin = Reflect.get(protocol, "authPK") as AskForLogin;
  const logIn: AskForLogin = (...[user, key, algorithm, sign]) => {
    const ask = askForLogin.bind(protocol, user, key, algorithm);
    if (sign !== undefined || key.type === "ssh-rsa" || !key.isPrivateKey()) {
      ask(sign);
      return;
    }
    ask((data, send) => {
      const signature = key.sign(data);
      if (signature instanceof Error) ask();
      else send(signature);
    });
  };
  Reflect.set(protocol, "authPK", logIn);
}
