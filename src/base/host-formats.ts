/** What `smc hosts` can write beside its table, for people and for other programs. */
export const HOST_FORMATS = ["hosts", "ssh-config", "known-hosts"] as const;

export interface HostsOptions {
  format?: (typeof HOST_FORMATS)[number];
}
