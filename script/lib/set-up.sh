# What the scripts share: the dependencies of the checkout, and programs that may have to be installed.

# Node of the checkout first: the machine's own may be too old.
PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"
export PATH

need_node_modules() {
  [ -e node_modules/.package-lock.json ] || npm ci
}

# need PROGRAM PACKAGE: root on Debian installs it, anybody else is told.
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "$1 is missing: install it ($2 on Debian), then run this again" >&2
    exit 1
  fi
  apt-get update -q >/dev/null
  # The packages' own services are not wanted: smc runs its own.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2"
  rm -f /usr/sbin/policy-rc.d
}
