import { removeOrphans } from "../../test/lab/harness/lab.ts";
import type { Requirement } from "./requirements.ts";

/** A tier of the tests: one vitest project or a command, and what it needs of the machine. */
export interface Tier {
  name: string;
  /** What to run instead of the vitest project of this name. */
  command?: readonly [string, ...string[]];
  requirements: readonly Requirement[];
  /** The tier that it runs beside: both wait more than they work, and share nothing. */
  beside?: string;
  needsRoot?: boolean;
  /** Removes what tests left that were killed. */
  cleanUp?: () => Promise<unknown>;
  /** At this many milliseconds the tier is ended and counts as failed. */
  deadline: number;
}

const MINUTE = 60_000;

/** A real ring and the other programs of a site, on loopback. */
const INTEGRATION_REQUIREMENTS: readonly Requirement[] = [
  { program: "java", package: "default-jre-headless" },
  { program: "mvn", package: "maven" },
  { program: "haproxy", package: "haproxy" },
  { program: "nginx", package: "nginx-light" },
  { program: "stunnel4", package: "stunnel4" },
  { program: "systemd-analyze", package: "systemd" },
  { program: "sshd", package: "openssh-server" },
  { program: "ssh", package: "openssh-client" },
  { program: "sudo", package: "sudo" },
  { program: "openssl", package: "openssl" },
  { program: "ip", package: "iproute2" },
  { program: "ps", package: "procps" },
];

/** What makes and reaches real hosts on this machine. */
export const LAB_REQUIREMENTS: readonly Requirement[] = [
  { program: "systemd-nspawn", package: "systemd-container" },
  { program: "mmdebstrap", package: "mmdebstrap" },
  { program: "ip", package: "iproute2" },
  { program: "nft", package: "nftables" },
  { program: "ssh", package: "openssh-client" },
  { program: "mkfs.ext4", package: "e2fsprogs" },
  { program: "rsync", package: "rsync" },
];

const LAB = { requirements: LAB_REQUIREMENTS, needsRoot: true, cleanUp: removeOrphans } as const;

/** In the order in which they run: what fails fast first. */
export const TIERS: readonly Tier[] = [
  { name: "lint", requirements: [], command: ["script/lint"], deadline: 5 * MINUTE },
  { name: "unit", requirements: [], deadline: 12 * MINUTE },
  { name: "integration", requirements: INTEGRATION_REQUIREMENTS, deadline: 75 * MINUTE },
  // Alone: guests that are translated take all there is, and beside a ring neither ends in its time.
  { name: "lab-machines", ...LAB, deadline: 50 * MINUTE },
  { name: "lab", ...LAB, deadline: 30 * MINUTE },
  // One ring at a time: two would be slower than what is asked of them allows.
  { name: "lab-rings", beside: "lab", ...LAB, deadline: 30 * MINUTE },
];
