import { removeOrphans } from "../../test/lab/harness/lab.ts";
import type { Requirement } from "./requirements.ts";

/** A tier of the tests: one vitest project, and what it needs of the machine. */
export interface Tier {
  name: string;
  requirements: readonly Requirement[];
  needsRoot?: boolean;
  /** Removes what tests left that were killed. */
  cleanUp?: () => Promise<unknown>;
  /** At this many milliseconds the tier is ended and counts as failed. */
  deadline: number;
}

const MINUTE = 60_000;

/** What a real ring and the other services of a site need to run on this machine's loopback. */
const SITE_REQUIREMENTS: readonly Requirement[] = [
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
];

/** Real programs on loopback: what the rendered files are for. */
const INTEGRATION_REQUIREMENTS: readonly Requirement[] = [
  { program: "haproxy", package: "haproxy" },
  { program: "nginx", package: "nginx-light" },
  { program: "stunnel", package: "stunnel4" },
  { program: "openssl", package: "openssl" },
  { program: "systemd-analyze", package: "systemd" },
];

/** In the order in which they run: what fails fast first. */
export const TIERS: readonly Tier[] = [
  { name: "unit", requirements: [], deadline: 5 * MINUTE },
  { name: "integration", requirements: INTEGRATION_REQUIREMENTS, deadline: 12 * MINUTE },
  { name: "integration", requirements: SITE_REQUIREMENTS, deadline: 14 * MINUTE },
  {
    name: "lab",
    requirements: LAB_REQUIREMENTS,
    needsRoot: true,
    cleanUp: removeOrphans,
    deadline: 12 * MINUTE,
  },
];
