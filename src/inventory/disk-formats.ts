/** The formats that a persistent disk of a VM may have on its machine. */
export const DISK_FORMATS = ["qcow2", "raw"] as const;
