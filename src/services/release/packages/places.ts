/** The folder for packages as they were before a release, in words for a shell; below the root that dpkg works on, as it calls that. */
export const KEPT = "${DPKG_ROOT:-}/var/lib/smc/packages";

/** The folder for packages that a release brings; they lie there until the next one. */
export const BROUGHT = `${KEPT}/new`;
