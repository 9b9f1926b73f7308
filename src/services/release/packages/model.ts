/** A package that goes from one version to another on one host. */
export interface PackageChange {
  /** As apt calls it: `libssl3`; of another architecture than that of the host, `libc6:i386`. */
  name: string;
  /** `amd64`, or `all` */
  architecture: string;
  /** The architecture of what is there: a package may go from `amd64` to `all`. */
  was: string | undefined;
  /** Absent: the package comes along, because another one needs it from now on. */
  from: string | undefined;
  to: string;
  /** Nobody asked for it by name: apt takes it away again when nothing needs it any more. */
  automatic: boolean;
  /** Where the version before can be had: as a file on the host, or from a repository; absent: nowhere, or there was none. */
  before: "file" | "repository" | undefined;
}

/** Whether a host waits for a reboot, and which kernel it runs and has. */
export interface RebootState {
  /** The distribution says so. */
  required: boolean;
  running: string;
  /** The newest kernel that is installed; absent in a container, and where /boot has none. */
  newest: string | undefined;
}

/** What was seen of the packages of a host before anything is asked of apt. */
export interface SeenSystem {
  /** `debian bookworm amd64`: pins hold where this is the same. */
  system: string;
  /** Never changed: apt-mark hold. */
  held: readonly string[];
  /** What dpkg says that was begun and not ended, in its words; empty where all is well. */
  unfinished: readonly string[];
  reboot: RebootState;
}

/** What apt would do on a host, and what is known of the versions that it is about. */
export interface SeenChanges {
  changes: readonly PackageChange[];
  /** What apt would remove, which smc never does. */
  removed: readonly string[];
  /** Packages that apt leaves as they are although there is a newer version. */
  keptBack: readonly string[];
  /** Newer on the host than they are to be: left alone. */
  newer: readonly string[];
  /** Versions that are wanted and that no repository of the host offers, `openssl 3.0.17-1`. */
  missing: readonly string[];
  /** Packages that were named and that are not there. */
  absent: readonly string[];
  /** Why the packages of before cannot be put back beside those that stay new, in apt's words; absent: they can, or nothing can be put back. */
  stuck?: string;
}
