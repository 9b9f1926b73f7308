import type { HostName, SecretName } from "../base/names.ts";
import { shellWithDaemons } from "../base/shell.ts";

/** An account of a host whose password smc changes. */
export interface HostAccount {
  host: HostName;
  account: string;
}

/**
 * What a host says of the password of an account: `new` is the one that is being rolled out, `locked` that no password opens it,
 * `unknown` that the host did not answer.
 */
export type AccountState = "new" | "old" | "locked" | "absent" | "unknown";

const STATES: readonly AccountState[] = ["new", "old", "locked", "absent"];

/**
 * A password goes to programs by their stdin alone, as `printf` is part of the shell: neither it nor a hash is ever in argv. Perl is
 * in every Debian, and its `crypt` knows what the C library knows (crypt(5)).
 */
const SHELL = `account=$1
IFS= read -r password || true
hash_now() { getent shadow "$account" | cut -d: -f2; }
opens() { printf '%s\\n%s\\n' "$password" "$1" | perl -e 'chomp(my @l = <STDIN>); exit((crypt($l[0], $l[1]) // "") eq $l[1] ? 0 : 1)'; }`;

const LOOK = `${SHELL}
getent passwd "$account" >/dev/null || { echo absent; exit 0; }
hash=$(hash_now)
case $hash in '!'*|'*'*) echo locked; exit 0 ;; esac
if [ -n "$password" ] && [ -n "$hash" ] && opens "$hash"; then echo new; else echo old; fi`;

/** Arguments: account, `unlock` or nothing. A host that told nothing when it was looked at may have a locked account, too. */
const SET = `set -eu
${SHELL}
[ -n "$password" ] || { echo "there is no password to set" >&2; exit 1; }
before=$(hash_now)
[ -n "$before" ] && opens "$before" && exit 0
case $before in '!'*|'*'*) [ "$2" = unlock ] || { echo "no password opens $account; --unlock gives it one" >&2; exit 1; } ;; esac
printf '%s:%s\\n' "$account" "$password" | chpasswd
after=$(hash_now)
[ "$after" != "$before" ] || { echo "the password of $account is as it was, although chpasswd succeeded" >&2; exit 1; }
opens "$after" || { echo "the new password does not open $account, although chpasswd succeeded" >&2; exit 1; }`;

/** The command whose output `parseAccount` reads. It reads only, must run as root, and takes the password on stdin. */
export function lookCommand(account: string): string[] {
  return shellWithDaemons(LOOK, [account]);
}

/** The state that a host told; undefined for anything else. */
export function parseAccount(output: string): AccountState | undefined {
  return STATES.find(state => `${state}\n` === output);
}

/**
 * Sets the password on stdin, and checks that another hash is there which it opens. A locked account is left so without `unlock`, and fails.
 * It must run as root.
 */
export function setCommand(account: string, { unlock }: { unlock: boolean }): string[] {
  return shellWithDaemons(SET, [account, unlock ? "unlock" : ""]);
}

/** Becomes the account by the password on stdin, as somebody who has no other way. */
export function loginCommand(account: string): string[] {
  return ["sh", "-c", 'su -s /bin/sh -c true "$1" >/dev/null', "sh", account];
}

const FOLDER = "accounts/";

/** The secret that is the password of an account. */
export function passwordOf(account: string): SecretName {
  return `${FOLDER}${account}`;
}

/** Whether a secret is the password of an account, old or new. */
export function isPassword(secret: SecretName): boolean {
  return secret.startsWith(FOLDER);
}

/** The secret that is to become the password of an account; the old one is kept until all hosts have this. */
export function newPasswordOf(account: string): SecretName {
  return `${passwordOf(account)}.new`;
}

/** The first of the secrets that were the password of an account when it was locked somewhere; more end in a number. */
export function oldPasswordOf(account: string): SecretName {
  return `${passwordOf(account)}.old`;
}
