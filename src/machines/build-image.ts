import { stringify } from "yaml";
import type { ImageRecipe } from "../inventory/model.ts";
import { shortHash } from "./identity.ts";

/** What every image needs that a VM of smc can start from. */
const NEEDED = [
  "systemd-sysv",
  "dbus",
  "udev",
  "openssh-server",
  "cloud-init",
  "netplan.io",
  "iproute2",
  "sudo",
  "e2fsprogs",
];
/** Kernels for VMs, by the family of the release. */
const KERNELS = { debian: "linux-image-cloud-amd64", ubuntu: "linux-image-virtual" };
const UBUNTU = ["focal", "jammy", "noble", "plucky", "questing", "resolute"];

/** The packages of an image, those that VMs need among them. */
export function packagesOf({ release, packages }: ImageRecipe): string[] {
  const kernel = UBUNTU.includes(release) ? KERNELS.ubuntu : KERNELS.debian;
  return [...new Set([kernel, ...NEEDED, ...packages])];
}

/** By which the same recipe is known again. */
export function recipeHash(recipe: ImageRecipe): string {
  return shortHash(JSON.stringify([recipe, packagesOf(recipe), FILES]));
}

/** The name of an image that is built now, `salvus-2026-01-02-0304`: of two, the later is the newer. */
export function imageName({ name }: Pick<ImageRecipe, "name">, now: Date): string {
  const [day = "", time = ""] = now.toISOString().split("T");
  return `${name}-${day}-${time.slice(0, 5).replace(":", "")}`;
}

/** Files of every image. */
export const FILES: readonly { path: string; content: string; mode: number }[] = [
  {
    path: "/etc/cloud/cloud.cfg.d/90-smc.cfg",
    // Looking for other clouds takes a VM half a minute of its boot.
    content: stringify({ datasource_list: ["NoCloud"] }),
    mode: 0o644,
  },
  { path: "/etc/fstab", content: "LABEL=root / ext4 defaults,errors=remount-ro 0 1\n", mode: 0o644 },
];

/** What is in an image of one system, and must not be in one of many. */
export const CLEAN = `rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/resolv.conf" "$1/etc/hostname"
: > "$1/etc/machine-id"
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/root/.bash_history "$1"/tmp/*`;

/** Fails where a private key or an account with a password is inside, and names it. */
export const NO_SECRETS = `keys=$(grep -rlIE -e '-----BEGIN ([A-Z]+ )*PRIVATE KEY-----' "$1/etc" "$1/root" "$1/home" "$1/srv" "$1/opt" 2>/dev/null || :)
[ -z "$keys" ] || { echo "private keys are inside: $keys" >&2; exit 1; }
accounts=$(awk -F: '$2 ~ /^\\$/ || $2 == "" { print $1 }' "$1/etc/shadow")
[ -z "$accounts" ] || { echo "these accounts have a password, or an empty one: $accounts" >&2; exit 1; }`;
