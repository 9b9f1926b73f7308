import { createPrivateKey, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2";
import type { HostSettings } from "./host-settings.ts";

/** A key to log in with: read from a file, or held by an agent. */
export interface Identity {
  /** How messages call it: a path, or an agent's key by its comment. */
  label: string;
  key: ParsedKey;
  agent?: BaseAgent;
}

export interface Identities {
  /** In the order to try; sshd allows six by default (MaxAuthTries). */
  keys: readonly Identity[];
  /** What could not be used, and why: said when the login fails. */
  skipped: readonly string[];
  /** Keys that only the system ssh can use: certificates and security keys. */
  onlyForSystemSsh: boolean;
}

interface FileIdentity {
  path: string;
  privateKey?: ParsedKey;
  publicKey?: ParsedKey;
  skipped?: string;
  special: boolean;
}

/**
 * The keys for a host as ssh would choose them, except for one thing: keys that only the agent knows come last, so that a full
 * agent does not use up the attempts that sshd allows.
 */
export async function loadIdentities(settings: HostSettings): Promise<Identities> {
  const files = (await Promise.all(settings.identityFiles.map(readIdentity))).filter(
    file => file !== undefined,
  );
  const { keys: held, skipped } = await agentKeys(settings.agentSocket);
  const isHeld = (file: FileIdentity): boolean => held.some(identity => isSame(identity.key, file));
  const named = held.filter(identity => files.some(file => isSame(identity.key, file)));
  const others = settings.identitiesOnly ? [] : held.filter(identity => !named.includes(identity));
  const fromFiles = files.flatMap(({ path, privateKey }) =>
    privateKey === undefined ? [] : [{ label: path, key: readyToSign(privateKey) }],
  );
  return {
    keys: [...named, ...fromFiles, ...others],
    skipped: [...skipped, ...files.flatMap(file => (isHeld(file) ? [] : (file.skipped ?? [])))],
    onlyForSystemSsh: settings.certificateFiles.length > 0 || files.some(file => file.special),
  };
}

async function readIdentity(path: string): Promise<FileIdentity | undefined> {
  const [privateText, publicText, certificate] = await Promise.all(
    [path, `${path}.pub`, `${path}-cert.pub`].map(file => readFile(file).catch(() => undefined)),
  );
  if (privateText === undefined && publicText === undefined) return undefined;
  const special = certificate !== undefined || publicText?.toString("latin1", 0, 3) === "sk-";
  const publicKey = await parse(publicText);
  const privateKey = await parse(privateText);
  return {
    path,
    special,
    ...(publicKey instanceof Error ? {} : { publicKey }),
    ...(privateKey instanceof Error ? { skipped: whySkipped(path, privateKey) } : { privateKey }),
  };
}

/** ssh2 reads a key's PEM text again for every signature, which is two thirds of the cost; one key signs for all hosts. */
function readyToSign(key: ParsedKey): ParsedKey {
  if (key.type !== "ssh-ed25519") return key;
  const privateKey = createPrivateKey(key.getPrivatePEM());
  return Object.assign(key, { sign: (data: Uint8Array) => sign(null, data, privateKey) });
}

async function parse(text: Buffer | undefined): Promise<ParsedKey | Error> {
  if (text === undefined) return new Error("no such file");
  // Declared as one key, but a list of one for OpenSSH's own format.
  const [key] = [ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error].flat();
  return key ?? new Error("no key in the file");
}

function whySkipped(path: string, error: Error): string {
  return /encrypted/i.test(error.message)
    ? `${path} has a passphrase (ssh-add ${path} hands it to the agent)`
    : `${path}: ${error.message}`;
}

async function agentKeys(socket: string | undefined): Promise<{ keys: Identity[]; skipped: string[] }> {
  if (socket === undefined) return { keys: [], skipped: ["no ssh agent"] };
  const agent = ssh2.createAgent(socket);
  return new Promise(resolve => {
    agent.getIdentities((error, keys) => {
      if (error || keys === undefined)
        resolve({ keys: [], skipped: [`the ssh agent at ${socket} does not answer`] });
      else resolve({ keys: keys.map(key => heldBy(agent, key)), skipped: [] });
    });
  });
}

function heldBy(agent: BaseAgent, held: unknown): Identity {
  const key = held as ParsedKey;
  return { label: `agent key ${key.comment}`, key, agent };
}

function isSame(key: ParsedKey, file: FileIdentity): boolean {
  const blob = (file.publicKey ?? file.privateKey)?.getPublicSSH();
  return blob !== undefined && blob.equals(key.getPublicSSH());
}
