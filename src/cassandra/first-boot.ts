/** A file beside the configuration of a node with options of the JVM for its next start; it is gone when the node has answered. */
export const FIRST_BOOT_OPTIONS = "first-boot.options";

/**
 * Lets a node start over mutations in its commit log that it cannot read; it keeps them in /tmp and replays all others. Seen: 4.1.10 on
 * the log of a 5.0.6 that was killed ("Unknown column compaction_properties", in a table of its own that was put back).
 */
export const IGNORE_REPLAY_ERRORS = "-Dcassandra.commitlog.ignorereplayerrors=true";
