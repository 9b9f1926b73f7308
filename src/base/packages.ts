/** Installs Debian packages, with `words` as positional parameters: the lists of a fresh host or image are empty. */
export const INSTALL_PACKAGES = `export DEBIAN_FRONTEND=noninteractive
apt-get update -q -o DPkg::Lock::Timeout=300
apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 -- "$@"`;

/** The command line that installs these packages. */
export function installPackages(names: readonly string[]): string[] {
  return ["sh", "-ec", INSTALL_PACKAGES, "sh", ...names];
}
