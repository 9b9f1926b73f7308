/**
 * Options of GNU tar with which the same tree always gives the same bytes, on any machine: sorted, without times, owners and the
 * umask of whoever made it. What was unpacked from such an archive packs to it again.
 */
export const REPRODUCIBLE_TAR = [
  "--format=gnu",
  "--sort=name",
  "--mtime=@0",
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--mode=u+rwX,go+rX,go-w",
] as const;
