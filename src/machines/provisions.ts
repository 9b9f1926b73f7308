import { INSTALL_PACKAGES } from "../base/packages.ts";
import type { ServiceName } from "../base/names.ts";
import { quoteForShell, shellWithDaemons } from "../base/shell.ts";
import type { Deployment, Host } from "../inventory/model.ts";
import { DISKS_FOLDER, IMAGES_FOLDER, VMS_FOLDER } from "./places.ts";

/** Something that a host is to have before services or VMs can be on it. */
export interface Provision {
  /** `the packages`, for people. */
  what: string;
  /** Succeeds where it is so. Only looks. */
  check: readonly string[];
  /** Makes it so, as root. */
  make: readonly string[];
}

const ON_EVERY_HOST = ["sudo", "ca-certificates", "rsync", "systemd-timesyncd"];
/** A machine that carries VMs. */
const ON_MACHINES = [
  "libvirt-daemon-system",
  "libvirt-clients",
  "qemu-system-x86",
  "qemu-utils",
  "genisoimage",
  "e2fsprogs",
  "xfsprogs",
];
/** What smc does not bring itself. The kernel settings of Cassandra are made by sysctl, which a small system lacks. */
const OF_SERVICES: Readonly<Record<ServiceName, readonly string[]>> = {
  cassandra: ["openjdk-17-jre-headless", "procps"],
  nginx: ["nginx-light"],
  haproxy: ["haproxy"],
  stunnel: ["stunnel4"],
};
/** Units of the distribution that serve with a configuration of their own, on ports that the service has on that host. */
const UNITS_OF_PACKAGES: Readonly<Record<ServiceName, string>> = {
  nginx: "nginx.service",
  haproxy: "haproxy.service",
  stunnel: "stunnel4.service",
};

/**
 * Kernel settings for Cassandra (its documentation, "Recommended production settings"): many mapped files, no swapping, and dead
 * connections noticed within a minute and a half.
 */
const CASSANDRA_SYSCTL: Readonly<Record<string, number>> = {
  "vm.max_map_count": 1_048_575,
  "vm.swappiness": 1,
  "net.ipv4.tcp_keepalive_time": 60,
  "net.ipv4.tcp_keepalive_probes": 3,
  "net.ipv4.tcp_keepalive_intvl": 10,
};
const SYSCTL_FILE = "/etc/sysctl.d/60-smc-cassandra.conf";
const LIMITS_FILE = "/etc/security/limits.d/60-smc-cassandra.conf";

/** What a host of a deployment is to have, in the order in which it is made. */
export function provisionsOf(deployment: Deployment, host: Host): Provision[] {
  const services = [
    ...new Set(
      deployment.instances.filter(instance => instance.host === host.name).map(({ service }) => service),
    ),
  ];
  const carries = [...deployment.hosts.values()].some(({ vm }) => vm?.machine === host.name);
  return [
    hostName(host),
    packages([
      ...ON_EVERY_HOST,
      ...(carries ? ON_MACHINES : []),
      ...services.flatMap(service => OF_SERVICES[service] ?? []),
    ]),
    unitEnabled("systemd-timesyncd.service"),
    ...services.flatMap(service => unitOff(service)),
    ...(carries ? [unitEnabled("libvirtd.service"), groups(host), folders()] : []),
    ...(services.includes("cassandra") ? [sysctl(), limits(host)] : []),
  ];
}

/** The units of the distribution that `smc prepare` turns off on a host, because smc runs the same service there itself. */
export function replacedUnits({ instances }: Deployment, host: Host): string[] {
  const services = instances.filter(instance => instance.host === host.name).map(({ service }) => service);
  return [...new Set(services)].flatMap(service => UNITS_OF_PACKAGES[service] ?? []);
}

/** A script that prints a line for everything that is not as it should be. */
export function driftScript(provisions: readonly Provision[]): string {
  return provisions
    .map(({ what, check }) => `${quoteForShell(check)} > /dev/null 2>&1 || echo ${quoteForShell([what])}`)
    .join("\n");
}

function provision(
  what: string,
  { check, make, words }: { check: string; make: string; words: readonly string[] },
) {
  return { what, check: shellWithDaemons(check, words), make: shellWithDaemons(`set -e\n${make}`, words) };
}

/** Succeeds where /etc/hosts has the name that is its first argument. */
const IN_HOSTS_FILE = `awk -v name="$1" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == name) found = 1 } END { exit !found }' /etc/hosts`;

/** /etc/hosts too, before the rest: sudo looks the name of its host up, and waits for a name server where no file has it. */
function hostName({ name, address }: Host): Provision {
  return provision(`the name ${name}`, {
    check: `[ "$(cat /etc/hostname)" = "$1" ] && [ "$(cat /proc/sys/kernel/hostname)" = "$1" ] && ${IN_HOSTS_FILE}`,
    make: `${IN_HOSTS_FILE} || {
  [ -z "$(tail -c 1 /etc/hosts)" ] || echo >> /etc/hosts
  printf '%s\\t%s\\n' "$2" "$1" >> /etc/hosts
}
printf "%s\\n" "$1" > /etc/hostname
[ "$(cat /proc/sys/kernel/hostname)" = "$1" ] || printf "%s" "$1" > /proc/sys/kernel/hostname`,
    words: [name, address],
  });
}

function packages(names: readonly string[]): Provision {
  return provision(`${names.length} packages`, {
    check: `for p do [ "$(dpkg-query -W -f '\${db:Status-Status}' "$p")" = installed ] || exit 1; done`,
    make: INSTALL_PACKAGES,
    words: [...new Set(names)],
  });
}

function unitEnabled(unit: string): Provision {
  return provision(`${unit} at boot`, {
    check: 'systemctl is-enabled --quiet "$1"',
    make: 'systemctl enable --quiet --now "$1"',
    words: [unit],
  });
}

function unitOff(service: ServiceName): Provision[] {
  const unit = UNITS_OF_PACKAGES[service];
  if (unit === undefined) return [];
  const off = provision(
    `${unit} of the distribution stopped and off at boot, since smc runs ${service} there`,
    {
      check: '! systemctl is-enabled --quiet "$1" && ! systemctl is-active --quiet "$1"',
      make: 'systemctl disable --quiet --now "$1"',
      words: [unit],
    },
  );
  return [off];
}

/** So that people can use virsh without sudo. */
function groups({ user }: Host): Provision {
  return provision(`${user} in the groups libvirt and kvm`, {
    check: 'for g in libvirt kvm; do id -nG "$1" | tr " " "\\n" | grep -qx "$g" || exit 1; done',
    make: 'usermod -aG libvirt,kvm "$1"',
    words: [user],
  });
}

function folders(): Provision {
  return provision("the folders of VMs", {
    check: `for f do [ "$(stat -c '%a %U' "$f")" = '711 root' ] || exit 1; done`,
    make: 'install -d -m 0711 -o root "$@"',
    words: [IMAGES_FOLDER, VMS_FOLDER, DISKS_FOLDER],
  });
}

/** In a container they are those of the machine beneath, and not to be set: the file is there for the day that it is none. */
function sysctl(): Provision {
  const lines = Object.entries(CASSANDRA_SYSCTL).map(([key, value]) => `${key} = ${value}`);
  return provision("the kernel settings of cassandra", {
    check: `file=$1; shift
for line do
  grep -qxF -e "$line" "$file" || exit 1
  ! systemd-detect-virt --quiet --container || continue
  [ "$(sysctl -n "\${line%% = *}")" = "\${line##* = }" ] || exit 1
done`,
    make: `file=$1; shift
printf '%s\\n' "$@" > "$file"
systemd-detect-virt --quiet --container || sysctl -q -p "$file"`,
    words: [SYSCTL_FILE, ...lines],
  });
}

/** For programs that people start by hand; the units of smc have their own limits. */
function limits({ user }: Host): Provision {
  const wanted = { memlock: "unlimited", nofile: "1048576", nproc: "32768", as: "unlimited" };
  const lines = Object.entries(wanted).map(([item, value]) => `${user} - ${item} ${value}`);
  return provision("the limits of cassandra", {
    check: `file=$1; shift\nfor line do grep -qxF -e "$line" "$file" || exit 1; done`,
    make: `file=$1; shift\nprintf '%s\\n' "$@" > "$file"`,
    words: [LIMITS_FILE, ...lines],
  });
}
