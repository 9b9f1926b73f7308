import { randomInt } from "node:crypto";
import { chmod, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { makeFolder } from "./make-folder.ts";
import { hasCode } from "../base/error-code.ts";
import type { SecretName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { Secret } from "../base/secret.ts";

/** Letters that are not mistaken for each other, and that no shell, YAML or CQL treats as special. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
/** 24 of 56 letters are 139 bits. */
const PASSWORD_LENGTH = 24;
const OWNER_ONLY = 0o600;

/** The secrets of one deployment: one file each below `folder`, readable by their owner only. */
export class SecretFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the secret is or would be. Throws an OperatorError for a name that leads out of the folder. */
  path(name: SecretName): string {
    const path = join(this.folder, name);
    if (relative(this.folder, path).startsWith("..")) {
      throw new OperatorError(`the secret ${name} would be outside of ${this.folder}`, {
        code: "SECRET_NAME",
      });
    }
    return path;
  }

  /** The value without its last line end; undefined when there is no such file. Throws when others can read it. */
  async get(name: SecretName): Promise<Secret | undefined> {
    const path = this.path(name);
    const mode = await modeOf(path);
    if (mode === undefined) return undefined;
    if ((mode & 0o077) !== 0) {
      throw new OperatorError(`${path} can be read by others (mode ${mode.toString(8)})`, {
        code: "SECRET_READABLE",
        hint: `chmod 600 ${path}`,
      });
    }
    const text = await readFile(path, "utf8");
    return new Secret(text.replace(/\r?\n$/, ""));
  }

  async has(name: SecretName): Promise<boolean> {
    return (await modeOf(this.path(name))) !== undefined;
  }

  /** Makes up a password, unless the file is there. Gives whether it was made. */
  async generate(name: SecretName): Promise<boolean> {
    if (await this.has(name)) return false;
    await this.put(name, new Secret(randomPassword()));
    return true;
  }

  /** Writes a secret, over what is there. */
  async put(name: SecretName, secret: Secret): Promise<void> {
    const path = this.path(name);
    await makeFolder(dirname(path), { mode: 0o700 });
    await writeFileAtomic(path, `${secret.reveal()}\n`, { mode: OWNER_ONLY });
    await chmod(path, OWNER_ONLY);
  }

  /** The values of all files that can be read, whoever else can read them: to be kept out of what is told. */
  async all(): Promise<Secret[]> {
    const names = await this.list().catch(() => []);
    const texts = await Promise.all(
      names.map(name => readFile(join(this.folder, name), "utf8").catch(() => undefined)),
    );
    return texts.flatMap(text => (text === undefined ? [] : [new Secret(text.replace(/\r?\n$/, ""))]));
  }

  /** The names of all files below the folder, in order. */
  async list(): Promise<SecretName[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true }).catch(
      (error: unknown) => {
        if (hasCode(error, "ENOENT")) return [];
        throw error;
      },
    );
    const files = entries.filter(entry => entry.isFile() && entry.name !== ".gitignore");
    return files.map(entry => relative(this.folder, join(entry.parentPath, entry.name))).sort();
  }
}

function randomPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join("");
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw new OperatorError(`cannot read ${path}`, { code: "SECRET_UNREADABLE", cause: error });
  }
}
